#include "s3/acl_headers.h"

#include <algorithm>
#include <array>

#include "control/names.h"
#include "s3/header_list.h"

namespace muzn::s3 {
namespace {

using Kind = policy::Grantee::Kind;
using policy::Canned;
using policy::Permission;

constexpr std::array<std::pair<std::string_view, Permission>, 5> kGrantHeaders = {{
    {"x-amz-grant-full-control", Permission::kFullControl},
    {"x-amz-grant-read", Permission::kRead},
    {"x-amz-grant-write", Permission::kWrite},
    {"x-amz-grant-read-acp", Permission::kReadAcp},
    {"x-amz-grant-write-acp", Permission::kWriteAcp},
}};

constexpr std::array<std::pair<std::string_view, Kind>, 3> kGroups = {{
    {"http://acs.amazonaws.com/groups/global/AllUsers", Kind::kEveryone},
    {"http://acs.amazonaws.com/groups/global/AuthenticatedUsers", Kind::kAuthenticated},
    {"http://acs.amazonaws.com/groups/s3/LogDelivery", Kind::kLogDelivery},
}};

bool fits(Canned canned, AclTarget target) {
  switch (canned) {
    case Canned::kAwsExecRead:
    case Canned::kBucketOwnerRead:
    case Canned::kBucketOwnerFullControl:
      return target == AclTarget::kObject;
    case Canned::kLogDeliveryWrite:
      return target == AclTarget::kBucket;
    default:
      return true;
  }
}

// key="value" or key=value.
Outcome<policy::Grantee> parse_grantee(std::string_view item, std::string_view header_name,
                                       const control::State& state) {
  const std::size_t equals = item.find('=');
  if (equals == std::string_view::npos) {
    return invalid_argument("Argument format not recognized", header_name, item);
  }
  const std::string_view kind = item.substr(0, equals);
  std::string_view value = item.substr(equals + 1);
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
    value = value.substr(1, value.size() - 2);
  }
  return resolve_grantee(kind, value, state);
}

Outcome<std::optional<policy::Acl>> parse_grants(const http::Headers& headers,
                                                 const control::State& state) {
  policy::Acl acl;
  bool any = false;
  for (const auto& [header_name, permission] : kGrantHeaders) {
    const auto text = headers.get(header_name);
    if (!text) continue;
    any = true;
    for (const std::string_view item : list_items(*text)) {
      TRY(policy::Grantee grantee, parse_grantee(item, header_name, state));
      acl.grants.push_back({.grantee = std::move(grantee), .permission = permission});
    }
  }
  if (!any) return std::nullopt;
  if (acl.grants.size() > policy::kGrantsMax) {
    return refuse(ErrorCode::kInvalidArgument, "An ACL can have at most 100 grants.");
  }
  return normalized(std::move(acl));
}

// With ACLs disabled a request may still say what holds anyway. Private is the writer's own, which
// is what holds when the writer is the bucket's owner (or nobody).
bool says_nothing_new(const AclRequest& request, const object::Bucket& bucket,
                      std::string_view account) {
  if (!request.any()) return true;
  if (request.canned) {
    const bool own = account.empty() || account == bucket.owner;
    return (*request.canned == Canned::kPrivate && own) ||
           *request.canned == Canned::kBucketOwnerFullControl;
  }
  return *request.grants == policy::private_acl(bucket.owner);
}

}  // namespace

Outcome<policy::Grantee> resolve_grantee(std::string_view kind, std::string_view value,
                                         const control::State& state) {
  if (http::equal_ignoring_case(kind, "id")) {
    std::string id = state.account_of_canonical_id(value);
    if (!id.empty()) return policy::Grantee{Kind::kAccount, std::move(id)};
    return invalid_argument("Invalid id", "CanonicalUser/ID", value);
  }
  if (http::equal_ignoring_case(kind, "uri")) {
    for (const auto& [uri, group] : kGroups) {
      if (uri == value) return policy::Grantee{group, {}};
    }
    return invalid_argument("Invalid group uri", "Group/URI", value);
  }
  if (http::equal_ignoring_case(kind, "emailAddress")) {
    std::string id = state.account_of_email(value);
    if (!id.empty()) return policy::Grantee{Kind::kAccount, std::move(id)};
    return refuse(ErrorCode::kUnresolvableGrantByEmailAddress);
  }
  return invalid_argument("Argument format not recognized", "Grantee", kind);
}

std::string_view group_uri(Kind group) {
  const auto* const found =
      std::ranges::find(kGroups, group, &std::pair<std::string_view, Kind>::second);
  return found == kGroups.end() ? std::string_view{} : found->first;
}

Outcome<AclRequest> parse_acl_headers(const http::Headers& headers, AclTarget target,
                                      const control::State& state) {
  AclRequest out;
  TRY(out.grants, parse_grants(headers, state));
  const auto text = headers.get("x-amz-acl");
  if (!text || text->empty()) return out;
  if (out.grants) {
    return refuse(ErrorCode::kInvalidRequest,
                  "Specifying both Canned ACLs and Header Grants is not allowed");
  }
  out.canned = policy::canned_acl(*text);
  if (!out.canned || !fits(*out.canned, target)) {
    return invalid_argument("", "x-amz-acl", *text);
  }
  return out;
}

policy::Acl expand(const AclRequest& request, std::string_view owner,
                   std::string_view bucket_owner) {
  if (request.grants) return *request.grants;
  CHECK(request.canned.has_value());
  return policy::expand(*request.canned, owner, bucket_owner);
}

Outcome<NewObject> plan_new_object(const AclRequest& request, const object::Bucket& bucket,
                                   const policy::PublicAccessBlock& block,
                                   std::string_view account) {
  if (bucket.ownership == object::Ownership::kBucketOwnerEnforced) {
    if (!says_nothing_new(request, bucket, account)) {
      return refuse(ErrorCode::kAccessControlListNotSupported);
    }
    return NewObject{.owner = bucket.owner, .acl = {}};
  }
  const bool handed_over = bucket.ownership == object::Ownership::kBucketOwnerPreferred &&
                           request.canned == Canned::kBucketOwnerFullControl;
  const std::string owner = account.empty() || handed_over ? bucket.owner : std::string(account);
  if (!request.any()) return NewObject{.owner = owner, .acl = {}};
  const policy::Acl acl = expand(request, owner, bucket.owner);
  if (block.block_public_acls && policy::is_public(acl)) return refuse(ErrorCode::kAccessDenied);
  if (acl == policy::private_acl(owner)) return NewObject{.owner = owner, .acl = {}};
  return NewObject{.owner = owner, .acl = policy::encode(acl)};
}

}  // namespace muzn::s3
