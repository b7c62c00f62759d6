// The RSA keys that sign digest files: the installation's, for all accounts. One signs until its
// time is nearly over, then a new one is made; old ones stay listed, since what they signed stays.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/rng.h"
#include "base/task.h"
#include "base/time.h"
#include "crypto/rsa.h"
#include "meta/store.h"
#include "trail/rows.h"

namespace muzn::trail {

inline constexpr std::int64_t kKeyDays = 365;       // that a key is valid
inline constexpr std::int64_t kKeyOverlapDays = 7;  // before its end the next one is made

// Lower-case hex MD5 of the public key's DER: clients take it for a name and nothing more.
std::string fingerprint_of(std::string_view public_der);

// The private key in a box that the installation's sealing key opens (crypto/sealing.h), bound to
// its fingerprint.
std::string seal_key(const crypto::RsaKey& key, std::string_view sealing_key, Rng& rng);
// Errors: kCorrupt (altered, another key's, another sealing key's).
Result<crypto::RsaKey> open_key(const KeyRow& row, std::string_view sealing_key);

// All keys there were, oldest first. Errors: the store's, kCorrupt.
Task<Result<std::vector<KeyRow>>> list_keys(meta::Store& rows);

// Seals all of them with another sealing key. Those that are already stay as they are. Errors:
// those of open_key() and of the store.
Task<Result<void>> reseal_keys(meta::Store& rows, Rng& rng, std::string from, std::string to);

// Who signs. One thread at a time. All references must outlive it.
class SigningKey {
 public:
  SigningKey(meta::Store& rows, const Clock& clock, Rng& rng, std::string sealing_key)
      : rows_(rows), clock_(clock), rng_(rng), sealing_key_(std::move(sealing_key)) {}

  struct Key {
    crypto::RsaKey key;
    std::string fingerprint;
    Time to;
  };
  // The key of now, made durable first when it is new. Borrowed until the next call. Errors: the
  // store's, kCorrupt.
  Task<Result<const Key*>> current();

 private:
  Task<Result<void>> renew();

  meta::Store& rows_;
  const Clock& clock_;
  Rng& rng_;
  const std::string sealing_key_;
  std::optional<Key> key_;
};

}  // namespace muzn::trail
