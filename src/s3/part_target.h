// Which part of which upload a request speaks of: ?partNumber and ?uploadId. Pure.
// Source: UploadPart and UploadPartCopy, S3 API reference.
#pragma once
#include "object/store.h"
#include "s3/op.h"

namespace muzn::s3 {

struct PartTarget {
  object::UploadRef upload;
  int number = 0;
};
// Errors: InvalidArgument (a part number that is not 1..10000).
Outcome<PartTarget> parse_part_target(const Call& call);

}  // namespace muzn::s3
