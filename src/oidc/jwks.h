// The keys that an identity provider signs with. Pure. Sources: RFC 7517, RFC 7518 section 6.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "crypto/public_key.h"

namespace muzn::oidc {

inline constexpr std::size_t kKeySetBytesMax = 256U << 10;  // with certificates, as some have them
inline constexpr std::size_t kKeysMax = 100;

// "RS256", "PS256", "ES256"; nullopt for all others.
std::optional<crypto::Scheme> scheme_of(std::string_view alg);

struct Key {
  std::string kid;                       // "" = it has none
  std::optional<crypto::Scheme> scheme;  // the only one that it is for; nullopt: any that fits
  crypto::PublicKey key;
};
using KeySet = std::vector<Key>;

// Those that can verify tokens; others (of symmetric or unknown kinds, for encryption, too short,
// broken) are passed over, as RFC 7517 section 5 has it. Errors: kInvalid (no key set), kLimit.
Result<KeySet> parse_key_set(std::string_view json);

}  // namespace muzn::oidc
