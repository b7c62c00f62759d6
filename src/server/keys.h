// The secrets of a data directory, in files that only their owner may read (0600).
#pragma once
#include <string>

#include "base/error.h"
#include "base/rng.h"
#include "control/controller.h"
#include "fs/dir.h"

namespace muzn::server {

inline constexpr const char* kRootKeysFile = "root-keys.json";
inline constexpr const char* kMasterKeyFile = "master.key";
// There while the master key is changed (server/rotation.h): the one that takes its place.
inline constexpr const char* kNextMasterKeyFile = "master.key.next";
// What store_id() was, of a store whose master key was changed.
inline constexpr const char* kStoreIdFile = "store.id";
// Signs the public log's checkpoints. No backup has it: a store that is put back must not go on
// with a log of which it may have lost the end.
inline constexpr const char* kLogKeyFile = "log.key";
// All files of secrets without which a store is of no use: what a backup takes along. All but the
// first may be missing; root keys, where they come from the environment.
inline constexpr const char* kKeyFiles[] = {kMasterKeyFile, kRootKeysFile, kNextMasterKeyFile,
                                            kStoreIdFile};
inline constexpr std::size_t kKeyFileBytesMax = 4096;

struct RootKeys {
  control::GenesisKeys keys;
  bool generated = false;  // they were made just now and lie in kRootKeysFile
};

// From the environment's pair when given (both or neither), else from kRootKeysFile, else made and
// written there. There is no default password. Errors: kInvalid (half a pair, broken file).
Result<RootKeys> root_keys(const fs::Dir& data, Rng& rng, std::string_view environment_access_key,
                           std::string_view environment_secret_key);

// 32 bytes that seal the secrets in the control rows; made at first start.
Result<std::string> master_key(const fs::Dir& data, Rng& rng);

// A master key as its file has it. Errors: kCorrupt (it has none), those of reading it.
Result<std::string> read_master_key(const fs::Dir& data, const char* file);
// The same out of a file's bytes; `what` names it in errors.
Result<std::string> parse_master_key(std::string text, const std::string& what);
std::string master_key_text(const std::string& key);

// Names a store for good, also after it was restored: 32 hex digits, made from its first master
// key, which they do not betray. Errors: those of reading it.
Result<std::string> store_id(const fs::Dir& data);
// Writes that down, so that another master key changes nothing. Idempotent.
Result<void> keep_store_id(const fs::Dir& data);

}  // namespace muzn::server
