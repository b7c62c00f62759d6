// Small XML bodies, read whole.
#pragma once
#include <string>

#include "s3/op.h"

namespace muzn::s3 {

// Like read_document() (s3/op.h) for CompleteMultipartUpload, whose x-amz-checksum-* headers speak
// of the object and not of this body.
Task<Outcome<std::string>> read_plain_document(Context& context, Exchange& exchange,
                                               std::size_t limit);

}  // namespace muzn::s3
