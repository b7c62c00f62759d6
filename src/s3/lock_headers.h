// Object Lock in headers: what a write asks for, what a reader is told, and the bypass. Pure.
// Sources: PutObject, CreateMultipartUpload, GetObject, DeleteObject, S3 API reference.
#pragma once
#include "http/message.h"
#include "object/model.h"
#include "s3/error.h"

namespace muzn::s3 {

// What x-amz-object-lock-* ask for a new version. `now` is the wall clock: a retention must end
// behind it. Errors: InvalidRequest (the bucket has no Object Lock), InvalidArgument.
Outcome<object::Lock> parse_lock_headers(const http::Headers& headers, const object::Bucket& bucket,
                                         Time now);
// Whether one of them is there.
bool has_lock_headers(const http::Headers& headers);

// Errors: InvalidArgument, unless `until` is behind `now`.
Outcome<void> check_until(Time until, Time now);
// Errors: InvalidRequest, unless the bucket has Object Lock.
Outcome<void> check_lockable(const object::Bucket& bucket);

// x-amz-bypass-governance-retention. Errors: InvalidArgument.
Outcome<bool> parse_bypass(const http::Headers& headers);

void add_lock_headers(http::Headers& headers, const object::Lock& lock);

}  // namespace muzn::s3
