// What a CreateBucket request asks for. Pure.
// Source: AWS "CreateBucket" of the S3 API reference.
#pragma once
#include <string>
#include <string_view>

#include "http/message.h"
#include "object/model.h"
#include "s3/acl_headers.h"
#include "s3/error.h"

namespace muzn::s3 {

struct BucketHeaders {
  std::optional<object::Ownership> ownership;  // as asked
  bool object_lock = false;
  AclRequest acl;
};
// What is not built yet (bucket namespaces) is refused, never accepted and forgotten.
// Errors: InvalidArgument, NotImplemented, those of parse_acl_headers().
Outcome<BucketHeaders> parse_bucket_headers(const http::Headers& headers,
                                            const control::State& state);

// The ACL of a new bucket, as object::Bucket::acl. Errors: InvalidBucketAclWithObjectOwnership
// (ACLs are disabled), InvalidBucketAclWithBlockPublicAccessError.
Outcome<std::string> plan_bucket_acl(const AclRequest& request, object::Ownership ownership,
                                     const policy::PublicAccessBlock& block,
                                     std::string_view owner);

// The tags that the optional CreateBucketConfiguration document gives; "" is none. Only `region` is
// a place. Errors: MalformedXML, InvalidLocationConstraint, IllegalLocationConstraintException (a
// region of AWS, but not this one), InvalidTag, NotImplemented (directory buckets).
Outcome<object::Pairs> parse_bucket_configuration(std::string_view document,
                                                  std::string_view region);

}  // namespace muzn::s3
