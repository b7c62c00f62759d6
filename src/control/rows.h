// The rows of meta::kControlShard; docs/formats/control.md draws them. Pure.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace muzn::control {

inline constexpr std::string_view kActPrefix = "a";
inline constexpr std::string_view kSecretPrefix = "s";

std::string act_row(std::uint64_t sequence);     // "a" be64: an act's public part
std::string secret_row(std::uint64_t sequence);  // "s" be64: the private part of the same act

// The private part of a CreateKey.
struct KeySecret {
  std::string salt;    // kSaltBytes
  std::string secret;  // as the client signs with it
};

// Hex SHA-256 of salt ‖ secret: what the public part says of it.
std::string commitment_of(const KeySecret& secret);

// REQUIRES a key of crypto::kAeadKeyBytes and a fresh nonce of crypto::kAeadNonceBytes. The access
// key is bound into the box, so that a row moved to another key does not open.
std::string seal_secret(const KeySecret& secret, std::string_view access_key,
                        std::string_view sealing_key, std::string_view nonce);
// Errors: kCorrupt (altered, another access key's, another sealing key's), kUnsupported (made by a
// newer format).
Result<KeySecret> open_secret(std::string_view row, std::string_view access_key,
                              std::string_view sealing_key);

}  // namespace muzn::control
