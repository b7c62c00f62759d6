// What PutObject and PostObject have in common.
#pragma once
#include "object/store.h"
#include "s3/op.h"

namespace muzn::s3 {

// Stores the request's body under the call's key, with what the request's headers say of it.
// Errors: those of PutObject.
Task<Outcome<object::Written>> store_object(Context& context, Exchange& exchange,
                                            std::uint64_t size_max);

// ETag, checksum, version id.
void add_written(http::Headers& headers, const object::Written& written);

}  // namespace muzn::s3
