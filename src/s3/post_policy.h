// The policy of a browser's form: until when and with which fields its signer lets others upload.
// Pure. Source: AWS S3 API reference, "Creating an HTML form (using AWS signature version 4)" and
// "POST policy".
#pragma once
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "http/message.h"
#include "s3/error.h"

namespace muzn::s3 {

struct PostCondition {
  bool prefix = false;  // starts-with, else eq
  std::string field;    // lower case, without '$'
  std::string value;
};

struct PostPolicy {
  Time expiration;
  std::vector<PostCondition> conditions;
  // content-length-range: bytes of the file, both ends allowed.
  std::uint64_t size_min = 0;
  std::uint64_t size_max = std::numeric_limits<std::uint64_t>::max();
};

// From the form's field. Errors: InvalidPolicyDocument.
Outcome<PostPolicy> parse_post_policy(std::string_view base64);

// Whether the policy holds now and for all of `fields`, whose variables are expanded and which have
// the bucket as the field "bucket". Errors: AccessDenied.
Outcome<void> check_post_policy(const PostPolicy& policy, const http::Headers& fields, Time now);

}  // namespace muzn::s3
