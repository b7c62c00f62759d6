#include "policy/access.h"

#include <algorithm>
#include <array>

namespace muzn::policy {
namespace {

enum class Target : std::uint8_t { kBucket, kObject };

// What an entry of a list permits. Actions that are not here are the owner's alone.
struct Mapping {
  std::string_view action;
  Target target;
  Permission permission;
};
constexpr std::array<Mapping, 12> kMappings = {{
    {"s3:ListBucket", Target::kBucket, Permission::kRead},
    {"s3:ListBucketVersions", Target::kBucket, Permission::kRead},
    {"s3:ListBucketMultipartUploads", Target::kBucket, Permission::kRead},
    {"s3:PutObject", Target::kBucket, Permission::kWrite},
    {"s3:GetBucketAcl", Target::kBucket, Permission::kReadAcp},
    {"s3:PutBucketAcl", Target::kBucket, Permission::kWriteAcp},
    {"s3:GetObject", Target::kObject, Permission::kRead},
    {"s3:GetObjectVersion", Target::kObject, Permission::kRead},
    {"s3:GetObjectAcl", Target::kObject, Permission::kReadAcp},
    {"s3:GetObjectVersionAcl", Target::kObject, Permission::kReadAcp},
    {"s3:PutObjectAcl", Target::kObject, Permission::kWriteAcp},
    {"s3:PutObjectVersionAcl", Target::kObject, Permission::kWriteAcp},
}};

const Mapping* mapping_of(std::string_view action) {
  const auto* const found = std::ranges::find(kMappings, action, &Mapping::action);
  return found == kMappings.end() ? nullptr : found;
}

// Attributes and tags of an object are in no list, but of the object's owner all the same.
constexpr std::array<std::string_view, 8> kOfObjectOwner = {
    "s3:GetObjectAttributes",     "s3:GetObjectVersionAttributes", "s3:GetObjectTagging",
    "s3:GetObjectVersionTagging", "s3:PutObjectTagging",           "s3:PutObjectVersionTagging",
    "s3:DeleteObjectTagging",     "s3:DeleteObjectVersionTagging"};

bool is_delete(std::string_view action) {
  return action == "s3:DeleteObject" || action == "s3:DeleteObjectVersion";
}

bool is_of_upload(std::string_view action) {
  return action == "s3:AbortMultipartUpload" || action == "s3:ListMultipartUploadParts";
}

bool is_of_object(std::string_view action) {
  const Mapping* const mapping = mapping_of(action);
  if (mapping != nullptr) return mapping->target == Target::kObject;
  return std::ranges::find(kOfObjectOwner, action) != kOfObjectOwner.end();
}

bool is_root_of(const Caller& caller, std::string_view account) {
  return caller.is_root && !caller.account.empty() && caller.account == account;
}

Membership membership(const Question& q) {
  return {.account = q.caller.account,
          .direct = q.caller.is_root,
          .groups = !q.bucket.block.ignore_public_acls};
}

bool by_bucket_acl(const Question& q, Permission permission) {
  return !q.bucket.acls_disabled && grants(q.bucket.acl, membership(q), permission);
}

bool may_list(const Question& q) {
  return is_root_of(q.caller, q.bucket.owner) || by_bucket_acl(q, Permission::kRead);
}

bool may_delete(const Question& q) {
  if (!by_bucket_acl(q, Permission::kWrite)) return false;
  return !q.object->exists || is_root_of(q.caller, q.object->owner);
}

// Of an object whose rules matter: ACLs are on, and the caller is not its owner by way of the
// bucket.
bool may_with_object(const Question& q, const Mapping* mapping) {
  // Whoever may not list does not learn what is there.
  if (!q.object->exists) return may_list(q);
  const bool owner = is_root_of(q.caller, q.object->owner);
  if (mapping == nullptr) return owner;
  // An owner can always mend the list.
  if (owner && mapping->permission != Permission::kRead) return true;
  return grants(q.object->acl, membership(q), mapping->permission);
}

}  // namespace

std::uint8_t to_bits(const PublicAccessBlock& block) {
  return static_cast<std::uint8_t>(
      (block.block_public_acls ? 1U : 0U) | (block.ignore_public_acls ? 2U : 0U) |
      (block.block_public_policy ? 4U : 0U) | (block.restrict_public_buckets ? 8U : 0U));
}

PublicAccessBlock block_of_bits(std::uint8_t bits) {
  CHECK(bits <= 15);
  return {.block_public_acls = (bits & 1U) != 0,
          .ignore_public_acls = (bits & 2U) != 0,
          .block_public_policy = (bits & 4U) != 0,
          .restrict_public_buckets = (bits & 8U) != 0};
}

bool needs_object(const Caller& caller, std::string_view action, const BucketRules& bucket) {
  // With ACLs off, every object is the bucket owner's.
  if (bucket.acls_disabled) return false;
  return is_delete(action) ? !is_root_of(caller, bucket.owner) : is_of_object(action);
}

bool needs_initiator(const Caller& caller, std::string_view action, const BucketRules& bucket) {
  return is_of_upload(action) && !is_root_of(caller, bucket.owner);
}

bool may(const Question& q) {
  CHECK(q.object != nullptr || !needs_object(q.caller, q.action, q.bucket));
  const bool bucket_owner = is_root_of(q.caller, q.bucket.owner);
  if (is_delete(q.action)) return bucket_owner || may_delete(q);
  if (is_of_upload(q.action)) {
    return bucket_owner || (!q.caller.arn.empty() && q.caller.arn == q.initiator);
  }
  const Mapping* const mapping = mapping_of(q.action);
  if (is_of_object(q.action)) {
    if (q.bucket.acls_disabled) return bucket_owner;
    return may_with_object(q, mapping);
  }
  if (bucket_owner) return true;
  return mapping != nullptr && by_bucket_acl(q, mapping->permission);
}

}  // namespace muzn::policy
