// What parses keeps the rules of tags, and comes back from the document that we would answer.
#include <algorithm>
#include <string>

#include "s3/tagging_xml.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string document(data, data + size);
  auto tags = muzn::s3::parse_tagging_document(document, muzn::s3::kBucketTagsMax);
  if (!tags) return 0;
  CHECK(tags->size() <= muzn::s3::kBucketTagsMax);
  const auto again =
      muzn::s3::parse_tagging_document(muzn::s3::tagging_document(*tags), muzn::s3::kBucketTagsMax);
  std::ranges::sort(*tags);
  CHECK(again && *again == *tags);
  return 0;
}
