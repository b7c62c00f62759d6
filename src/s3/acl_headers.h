// x-amz-acl and x-amz-grant-*: the access list that a request asks for. Pure.
// Source: AWS, "Access control list (ACL) overview"; PutObject and CreateBucket, S3 API reference.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "control/state.h"
#include "http/message.h"
#include "object/model.h"
#include "policy/access.h"
#include "s3/error.h"

namespace muzn::s3 {

enum class AclTarget : std::uint8_t { kBucket, kObject };

// At most one of the two is there.
struct AclRequest {
  std::optional<policy::Canned> canned;
  std::optional<policy::Acl> grants;
  bool any() const { return canned || grants; }
};
// Errors: InvalidArgument (unknown canned list, malformed grant, unknown account or group),
// InvalidRequest (both kinds), UnresolvableGrantByEmailAddress.
Outcome<AclRequest> parse_acl_headers(const http::Headers& headers, AclTarget target,
                                      const control::State& state);

// One grantee as "id", "uri" or "emailAddress" with its value. Errors as above.
Outcome<policy::Grantee> resolve_grantee(std::string_view kind, std::string_view value,
                                         const control::State& state);
// The URI of a group.
std::string_view group_uri(policy::Grantee::Kind group);

// The list for a thing of `owner`. REQUIRES any().
policy::Acl expand(const AclRequest& request, std::string_view owner,
                   std::string_view bucket_owner);

// Whose a new object is and who may what with it.
struct NewObject {
  std::string owner;  // account id
  std::string acl;    // as object::Version::acl
};
// `account` is the writer's, "" when anonymous: then the object is the bucket owner's, since nobody
// could manage it otherwise. Errors: AccessControlListNotSupported (ACLs are disabled and more than
// the bucket owner's own rights is asked for), AccessDenied (public, and public ACLs are blocked).
Outcome<NewObject> plan_new_object(const AclRequest& request, const object::Bucket& bucket,
                                   const policy::PublicAccessBlock& block,
                                   std::string_view account);

}  // namespace muzn::s3
