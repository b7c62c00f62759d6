// Any document: never crashes, and what parses has an end and a range that some file fits, or none.
#include "s3/post_policy.h"

#include <string>

#include "codec/base64.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace muzn;
  const std::string document(data, data + size);
  const auto policy = s3::parse_post_policy(codec::base64_encode(document));
  if (!policy) return 0;
  http::Headers fields;
  for (const s3::PostCondition& condition : policy->conditions) {
    fields.set(condition.field, condition.value);
  }
  const Time before = policy->expiration - std::chrono::microseconds{1};
  CHECK(!s3::check_post_policy(*policy, fields, policy->expiration));
  fields.set("x-amz-meta-not-named", "x");
  const bool named = s3::check_post_policy(*policy, fields, before).has_value();
  if (named) {
    bool found = false;
    for (const auto& condition : policy->conditions) {
      found |= condition.field == "x-amz-meta-not-named";
    }
    CHECK(found);
  }
  return 0;
}
