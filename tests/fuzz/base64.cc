// What decodes encodes to the same text (strictness: one text for each value); what is encoded
// decodes.
#include "codec/base64.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace muzn::codec;
  const std::string text(data, data + size);
  if (const auto bytes = base64_decode(text)) CHECK(base64_encode(*bytes) == text);
  CHECK(base64_decode(base64_encode(text)).value() == text);
  if (const auto bytes = hex_decode(text)) CHECK(hex_decode(hex_encode(*bytes)).value() == *bytes);
  CHECK(hex_decode(hex_encode(text)).value() == text);
  return 0;
}
