// What a CreateBucket request asks for. Pure.
// Source: AWS "CreateBucket" of the S3 API reference.
#pragma once
#include <string>
#include <string_view>

#include "http/message.h"
#include "object/model.h"
#include "s3/error.h"

namespace muzn::s3 {

// From x-amz-object-ownership. Also judges the other headers: what is not built yet (ACLs, object
// lock, bucket namespaces) is refused, never accepted and forgotten.
// Errors: InvalidArgument, AccessControlListNotSupported, NotImplemented.
Outcome<object::Ownership> parse_bucket_headers(const http::Headers& headers);

// The optional CreateBucketConfiguration document; "" is none. Only `region` is a place.
// Errors: MalformedXML, InvalidLocationConstraint, IllegalLocationConstraintException (a region of
// AWS, but not this one), NotImplemented (directory buckets, tags).
Outcome<void> check_bucket_configuration(std::string_view document, std::string_view region);

}  // namespace muzn::s3
