// A leaf that is taken is written again as the same bytes.
#include "audit/leaf.h"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view entry(reinterpret_cast<const char*>(data), size);
  const auto leaf = muzn::audit::decode_leaf(entry);
  if (leaf) CHECK(muzn::audit::encode_leaf(*leaf) == entry);
  return 0;
}
