// A bucket's policy, with what is asked of it at each request found out beforehand. Pure.
// Source: AWS, "Blocking public access to your Amazon S3 storage", "The meaning of public".
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "policy/document.h"

namespace muzn::policy {

// A policy is public when a statement allows something to everyone and no condition of it holds the
// caller to fixed values of what says who or where it is: its principal or organization, a network
// of its own (aws:SourceIp no wider than /8 of IPv4 or /32 of IPv6), a VPC, a source.
bool is_public(const Document& document);

struct BucketPolicy {
  Document document;
  bool is_public = false;
  bool asks_object_tags = false;     // s3:ExistingObjectTag/<key>
  bool asks_request_tags = false;    // s3:RequestObjectTag/<key>, s3:RequestObjectTagKeys
  bool asks_object_headers = false;  // those, and what else a write says of the object to be
};
BucketPolicy make_bucket_policy(Document document);

// Who an ARN of a user, role or session, or a canonical id, means: Caller::user_id or role_id, the
// account's id. "" = nobody.
struct Directory {
  std::function<std::string(std::string_view arn)> user_id;
  std::function<std::string(std::string_view canonical_id)> account_id;
};
// Ties users and roles to their unique ids and canonical ids to their accounts, once, when a policy
// is put. Whom nobody knows stays nobody: a later namesake is another.
void tie_principals(Document& document, const Directory& directory);

}  // namespace muzn::policy
