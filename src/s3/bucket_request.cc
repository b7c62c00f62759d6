#include "s3/bucket_request.h"

#include <algorithm>
#include <array>

#include "codec/xml.h"
#include "s3/public_access_xml.h"
#include "s3/tagging_xml.h"

namespace muzn::s3 {
namespace {

// The values that AWS's model knows (BucketLocationConstraint), and us-east-1, which has none.
constexpr auto kAwsRegions = std::to_array<std::string_view>(
    {"af-south-1",     "ap-east-1",      "ap-east-2",      "ap-northeast-1", "ap-northeast-2",
     "ap-northeast-3", "ap-south-1",     "ap-south-2",     "ap-southeast-1", "ap-southeast-2",
     "ap-southeast-3", "ap-southeast-4", "ap-southeast-5", "ap-southeast-6", "ap-southeast-7",
     "ca-central-1",   "ca-west-1",      "cn-north-1",     "cn-northwest-1", "EU",
     "eu-central-1",   "eu-central-2",   "eu-north-1",     "eu-south-1",     "eu-south-2",
     "eu-west-1",      "eu-west-2",      "eu-west-3",      "il-central-1",   "me-central-1",
     "me-south-1",     "mx-central-1",   "sa-east-1",      "us-east-1",      "us-east-2",
     "us-gov-east-1",  "us-gov-west-1",  "us-west-1",      "us-west-2"});

Outcome<bool> parse_object_lock(const http::Headers& headers) {
  const auto lock = headers.get("x-amz-bucket-object-lock-enabled");
  if (!lock || http::equal_ignoring_case(*lock, "false")) return false;
  if (http::equal_ignoring_case(*lock, "true")) return true;
  return invalid_argument("", "x-amz-bucket-object-lock-enabled", *lock);
}

// "global" is what every bucket name is here; names per account and region are not built.
Outcome<void> check_namespace(const http::Headers& headers) {
  const auto space = headers.get("x-amz-bucket-namespace");
  if (!space || *space == "global") return {};
  return refuse(ErrorCode::kNotImplemented);
}

}  // namespace

Outcome<BucketHeaders> parse_bucket_headers(const http::Headers& headers,
                                            const control::State& state) {
  TRY_VOID(check_namespace(headers));
  BucketHeaders out;
  TRY(out.object_lock, parse_object_lock(headers));
  const std::string_view asked = headers.get("x-amz-object-ownership").value_or("");
  out.ownership = ownership_of(asked);
  if (!asked.empty() && !out.ownership) {
    return invalid_argument("Invalid x-amz-object-ownership header: " + std::string(asked),
                            "x-amz-object-ownership", asked);
  }
  TRY(out.acl, parse_acl_headers(headers, AclTarget::kBucket, state));
  return out;
}

Outcome<std::string> plan_bucket_acl(const AclRequest& request, object::Ownership ownership,
                                     const policy::PublicAccessBlock& block,
                                     std::string_view owner) {
  if (!request.any()) return "";
  const policy::Acl acl = expand(request, owner, owner);
  if (acl == policy::private_acl(owner)) return "";
  if (ownership == object::Ownership::kBucketOwnerEnforced) {
    return refuse(ErrorCode::kInvalidBucketAclWithObjectOwnership);
  }
  if (block.block_public_acls && policy::is_public(acl)) {
    return refuse(ErrorCode::kInvalidBucketAclWithBlockPublicAccessError);
  }
  return policy::encode(acl);
}

Outcome<object::Pairs> parse_bucket_configuration(std::string_view document,
                                                  std::string_view region) {
  object::Pairs tags;
  if (document.empty()) return tags;
  const auto root = codec::parse_xml(document);
  if (!root || root->name != "CreateBucketConfiguration") return refuse(ErrorCode::kMalformedXML);
  for (const codec::XmlNode& child : root->children) {
    if (child.name == "Location" || child.name == "Bucket") {
      return refuse(ErrorCode::kNotImplemented);
    }
    if (child.name == "Tags" && tags.empty()) {
      TRY(tags, parse_tag_set(child, kBucketTagsMax));
      continue;
    }
    if (child.name != "LocationConstraint") return refuse(ErrorCode::kMalformedXML);
  }
  const std::string_view place = root->child_text("LocationConstraint");
  if (place.empty() || place == region) return tags;
  const bool known = std::ranges::find(kAwsRegions, place) != kAwsRegions.end();
  Error error = known ? Error(ErrorCode::kIllegalLocationConstraintException,
                              "The " + std::string(place) +
                                  " location constraint is incompatible for the region specific "
                                  "endpoint this request was sent to.")
                      : Error(ErrorCode::kInvalidLocationConstraint);
  error.extra.emplace_back("LocationConstraint", place);
  return std::unexpected(std::move(error));
}

}  // namespace muzn::s3
