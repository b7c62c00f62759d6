// What parses as a copy source must be a bucket and a key that can exist, and print and parse back
// to itself.
#include <string>

#include "base/limits.h"
#include "s3/copy_source.h"
#include "s3/names.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string header(data, data + size);
  const auto source = muzn::s3::parse_copy_source(header);
  if (source) {
    CHECK(muzn::s3::valid_bucket_name(source->bucket));
    CHECK(!source->key.empty() && source->key.size() <= muzn::limits::kKeyBytes);
    CHECK(!muzn::s3::climbs(source->key));
    const auto again = muzn::s3::parse_copy_source(muzn::s3::format_copy_source(*source));
    CHECK(again && *again == *source);
  }
  muzn::http::Headers headers;
  headers.add("x-amz-copy-source-range", header);
  const auto range = muzn::s3::parse_copy_range(headers);
  if (range) CHECK(*range && (*range)->first <= (*range)->last);
  return 0;
}
