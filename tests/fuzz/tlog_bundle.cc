// Bundles of entries of logs of others. The first byte says how many are wanted.
#include <cstdint>
#include <string_view>

#include "merkle/bundle.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace muzn::merkle;
  if (size == 0) return 0;
  // reinterpret_cast: libFuzzer hands out unsigned bytes
  const std::string_view bundle(reinterpret_cast<const char*>(data) + 1, size - 1);
  const unsigned width = 1U + data[0];
  const auto narrow = narrow_bundle(bundle, width);
  const auto entries = parse_bundle(bundle, width);
  CHECK(entries.has_value() == (narrow.has_value() && narrow->size() == bundle.size()));
  if (!entries) return 0;
  std::string again;
  for (const std::string_view entry : *entries) append_entry(again, entry);
  CHECK(again == bundle);
  return 0;
}
