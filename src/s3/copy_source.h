// x-amz-copy-source and x-amz-copy-source-range: what a copy reads. Pure, and the only parser of
// them, so that what is authorized is what is read.
// Source: CopyObject and UploadPartCopy, S3 API reference.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/conditions.h"
#include "http/message.h"
#include "http/range.h"
#include "s3/error.h"

namespace muzn::s3 {

struct CopySource {
  std::string bucket;
  std::string key;
  std::optional<std::string> version_id;
  bool operator==(const CopySource&) const = default;
};

// "/bucket/key" or "bucket/key", percent-encoded once, with an optional "?versionId=" that is told
// apart before decoding. Errors: InvalidArgument.
Outcome<CopySource> parse_copy_source(std::string_view header);
// The header value that parses to `source`.
std::string format_copy_source(const CopySource& source);

// "bytes=first-last", both given. nullopt when absent. Errors: InvalidArgument.
Outcome<std::optional<http::ByteRange>> parse_copy_range(const http::Headers& headers);

// x-amz-copy-source-if-*; the views are of `headers`.
http::ReadConditions copy_conditions(const http::Headers& headers);

}  // namespace muzn::s3
