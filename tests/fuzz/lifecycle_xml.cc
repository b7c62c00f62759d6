// What parses comes back from the document that we would keep.
#include <string>

#include "s3/lifecycle_xml.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace muzn::s3;
  const std::string document(data, data + size);
  if (const auto rules = parse_lifecycle(document)) {
    CHECK(!rules->empty());
    CHECK(parse_lifecycle(lifecycle_document(*rules)).value() == *rules);
  }
  if (const auto lifecycle = decode_lifecycle(document)) {
    CHECK(decode_lifecycle(encode_lifecycle(*lifecycle)).value() == *lifecycle);
  }
  return 0;
}
