// What parses is within its limits, and printed parses back to the same parts.
#include "s3/complete_xml.h"

#include <string>

#include "base/limits.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string document(data, data + size);
  const auto parts = muzn::s3::parse_complete(document);
  if (!parts) return 0;
  CHECK(!parts->empty() && parts->size() <= static_cast<std::size_t>(muzn::limits::kPartNumberMax));
  const auto again = muzn::s3::parse_complete(muzn::s3::complete_document(*parts));
  CHECK(again && again->size() == parts->size());
  for (std::size_t i = 0; i < parts->size(); ++i) {
    CHECK((*again)[i].number == (*parts)[i].number);
    CHECK((*again)[i].checksum == (*parts)[i].checksum);
  }
  return 0;
}
