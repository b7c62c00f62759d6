// Boxes that say which key opens them, so that a store's secrets can be sealed anew under another
// key while some still lie under the old one. docs/formats/sealed.md draws them. Pure.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.h"

namespace muzn::crypto {

// Names a key and does not betray it: hex SHA-256, 64 digits.
std::string key_fingerprint(std::string_view key);

// REQUIRES a key of kAeadKeyBytes and a fresh nonce of kAeadNonceBytes. What is `associated` has to
// be said again to open it.
std::string seal(std::string_view key, std::string_view nonce, std::string_view plain,
                 std::string_view associated);
// Was the box made by seal() with this key, as it says itself?
bool is_sealed_with(std::string_view box, std::string_view key);
// Errors: kCorrupt (altered, bound to something else, or of another key), kUnsupported (a newer
// format).
Result<std::string> unseal(std::string_view key, std::string_view box, std::string_view associated);

}  // namespace muzn::crypto
