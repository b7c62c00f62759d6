// Range requests (RFC 9110 section 14) as S3 answers them: one range or the whole.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace muzn::http {

struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;  // inclusive
  std::uint64_t length() const { return last - first + 1; }
};

enum class RangeKind : std::uint8_t {
  kWhole,          // absent, malformed, several ranges, another unit: ignored
  kPartial,        // answer 206 with `range`
  kUnsatisfiable,  // answer 416
};
struct RangeChoice {
  RangeKind kind = RangeKind::kWhole;
  ByteRange range;
};
// `header` is the value of Range. Numbers that overflow count as past the end. Pure.
RangeChoice resolve_range(std::optional<std::string_view> header, std::uint64_t size);

}  // namespace muzn::http
