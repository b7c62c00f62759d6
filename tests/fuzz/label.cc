// The label of a blob, from a disk that may hold anything. What decodes must encode to the same
// bytes.
#include <cstdint>
#include <string_view>

#include "object/label.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // reinterpret_cast: libFuzzer hands out unsigned bytes
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto label = muzn::object::decode_label(bytes);
  if (label && size <= muzn::blob::kLabelBytesMax) CHECK(muzn::object::encode(*label) == bytes);
  return 0;
}
