// Sizes, indexes and times as the log's texts write them: ASCII decimal, no sign, no leading zero
// but for "0" itself, at most 2^63 - 1 (other readers keep them in signed 64 bits).
#pragma once
#include <cstdint>
#include <string_view>

#include "base/error.h"

namespace muzn::merkle {

inline constexpr std::uint64_t kSizeMax = 0x7FFF'FFFF'FFFF'FFFFULL;

// Errors: kInvalid.
Result<std::uint64_t> parse_decimal(std::string_view text);

}  // namespace muzn::merkle
