// AES-256-GCM (NIST SP 800-38D) for secrets at rest.
#pragma once
#include <string>
#include <string_view>

#include "base/error.h"

namespace muzn::crypto {

inline constexpr std::size_t kAeadKeyBytes = 32;
inline constexpr std::size_t kAeadNonceBytes = 12;

// nonce ‖ ciphertext ‖ tag. REQUIRES a key of kAeadKeyBytes and a nonce of kAeadNonceBytes never
// used before with it.
std::string aead_seal(std::string_view key, std::string_view nonce, std::string_view plaintext,
                      std::string_view associated);
// Errors: kCorrupt when the tag does not match or the box is too short.
Result<std::string> aead_open(std::string_view key, std::string_view sealed,
                              std::string_view associated);

}  // namespace muzn::crypto
