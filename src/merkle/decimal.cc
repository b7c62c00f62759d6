#include "merkle/decimal.h"

#include <charconv>

namespace muzn::merkle {

Result<std::uint64_t> parse_decimal(std::string_view text) {
  std::uint64_t value = 0;
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  const auto [at, error] = std::from_chars(begin, end, value);
  if (error != std::errc() || at != end) return fail(Code::kInvalid, "not a decimal number");
  if (text.size() > 1 && text.front() == '0') {
    return fail(Code::kInvalid, "a decimal number with a leading zero");
  }
  if (value > kSizeMax) return fail(Code::kInvalid, "a number above 2^63 - 1");
  return value;
}

}  // namespace muzn::merkle
