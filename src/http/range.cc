#include "http/range.h"

#include <algorithm>
#include <limits>

#include "http/grammar.h"
#include "http/message.h"

namespace muzn::http {
namespace {

bool is_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// REQUIRES digits. Numbers past 64 bits are past the end of anything.
std::uint64_t saturating(std::string_view digits) {
  return parse_decimal(digits).value_or(std::numeric_limits<std::uint64_t>::max());
}

}  // namespace

RangeChoice resolve_range(std::optional<std::string_view> header, std::uint64_t size) {
  constexpr RangeChoice kIgnored{};
  constexpr RangeChoice kOutside{.kind = RangeKind::kUnsatisfiable, .range = {}};
  if (!header) return kIgnored;
  const auto equals = header->find('=');
  if (equals == std::string_view::npos) return kIgnored;
  if (!equal_ignoring_case(header->substr(0, equals), "bytes")) return kIgnored;
  // No white space within: "bytes= -1" is malformed, and a malformed range is ignored.
  const std::string_view spec = header->substr(equals + 1);
  const auto dash = spec.find('-');
  if (dash == std::string_view::npos) return kIgnored;
  const std::string_view first_text = spec.substr(0, dash);
  const std::string_view last_text = spec.substr(dash + 1);

  if (first_text.empty()) {
    if (!is_digits(last_text)) return kIgnored;
    const std::uint64_t suffix = std::min(saturating(last_text), size);
    if (suffix == 0) return kOutside;
    return {.kind = RangeKind::kPartial, .range = {.first = size - suffix, .last = size - 1}};
  }
  if (!is_digits(first_text) || (!last_text.empty() && !is_digits(last_text))) return kIgnored;
  const std::uint64_t first = saturating(first_text);
  const std::uint64_t last =
      last_text.empty() ? std::numeric_limits<std::uint64_t>::max() : saturating(last_text);
  if (first > last) return kIgnored;
  if (first >= size) return kOutside;
  return {.kind = RangeKind::kPartial, .range = {.first = first, .last = std::min(last, size - 1)}};
}

}  // namespace muzn::http
