// Property: a partial answer lies within the object, and its canonical form means the same.
#include "http/range.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

#include "base/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace muzn::http;
  std::uint64_t length = 0;
  if (size < sizeof length) return 0;
  std::memcpy(&length, data, sizeof length);
  const std::string header(data + sizeof length, data + size);
  const RangeChoice choice = resolve_range(header, length);
  if (choice.kind != RangeKind::kPartial) return 0;
  CHECK(choice.range.first <= choice.range.last && choice.range.last < length);
  const std::string canonical =
      "bytes=" + std::to_string(choice.range.first) + "-" + std::to_string(choice.range.last);
  const RangeChoice again = resolve_range(canonical, length);
  CHECK(again.kind == RangeKind::kPartial);
  CHECK(again.range.first == choice.range.first && again.range.last == choice.range.last);
  return 0;
}
