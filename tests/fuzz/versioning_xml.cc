// What parses comes back from the document that we would answer.
#include <string>

#include "s3/versioning_xml.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string document(data, data + size);
  const auto versioning = muzn::s3::parse_versioning(document);
  if (!versioning) return 0;
  CHECK(*versioning != muzn::object::Versioning::kNever);
  const auto again = muzn::s3::parse_versioning(muzn::s3::versioning_document(*versioning));
  CHECK(again && *again == *versioning);
  return 0;
}
