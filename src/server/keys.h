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

}  // namespace muzn::server
