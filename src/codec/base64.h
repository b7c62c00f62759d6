// RFC 4648 section 4 (standard alphabet, padded), section 5 (for URLs, unpadded) and section 8
// (hex).
#pragma once
#include <string>
#include <string_view>

#include "base/error.h"

namespace muzn::codec {

std::string base64_encode(std::string_view bytes);
// Strict: padding required, no white space, unused bits zero. Errors: kInvalid.
Result<std::string> base64_decode(std::string_view text);

// With '-' and '_', and no padding, as RFC 7515 has it.
std::string base64url_encode(std::string_view bytes);
// As strict. Errors: kInvalid.
Result<std::string> base64url_decode(std::string_view text);

// Lower case.
std::string hex_encode(std::string_view bytes);
// Either case, even length. Errors: kInvalid.
Result<std::string> hex_decode(std::string_view text);

}  // namespace muzn::codec
