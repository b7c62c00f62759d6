#include "policy/access.h"

#include <algorithm>
#include <array>
#include <vector>

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

// --- the bucket's policy ---

constexpr std::string_view kList = "s3:ListBucket";

// Facts of a request, as they would be of listing the bucket for one key.
class ListFacts final : public Facts {
 public:
  ListFacts(const Facts& facts, std::string_view key) : facts_(facts), key_(key) {}
  std::optional<std::vector<std::string>> values(std::string_view key) const override {
    if (key == "s3:prefix") return std::vector<std::string>{std::string(key_)};
    return facts_.values(key);
  }

 private:
  const Facts& facts_;
  std::string_view key_;
};

Decision by_policies(const Question& q) {
  CHECK(q.facts != nullptr || q.bucket.policy == nullptr);
  if (q.bucket.policy == nullptr) return {};
  const bool stranger = q.caller.account != q.bucket.owner;
  const Policies policies{
      .charters = {},
      .boundaries = {},
      .sessions = {},
      .identity = {},
      .resource = {.name = "bucket policy", .document = &q.bucket.policy->document},
      .resource_account = q.bucket.owner,
      .resource_only_denies =
          stranger && q.bucket.policy->is_public && q.bucket.block.restrict_public_buckets};
  return decide({.caller = q.caller, .action = q.action, .resource = q.resource, .facts = *q.facts},
                policies);
}

// An owner can't lock itself out: "the root principal in a bucket owner's account can perform the
// GetBucketPolicy, PutBucketPolicy, and DeleteBucketPolicy API actions, even if their bucket policy
// explicitly denies the root principal's access" (AWS, PutBucketPolicy).
bool may_mend_policy(const Question& q) {
  return is_root_of(q.caller, q.bucket.owner) &&
         (q.action == "s3:GetBucketPolicy" || q.action == "s3:PutBucketPolicy" ||
          q.action == "s3:DeleteBucketPolicy");
}

bool denies(const Question& q, const Decision& decision) {
  return decision.verdict == Verdict::kDeny && !may_mend_policy(q);
}

// What a bucket's policy allows with an object holds for objects of the bucket's owner only. What
// the caller may as root of its account is judged by ownership.
bool allows(const Question& q, const Decision& decision) {
  if (decision.verdict != Verdict::kAllow || decision.source != Source::kResource) return false;
  return q.bucket.acls_disabled || !is_of_object(q.action) || !q.object->exists ||
         q.object->owner == q.bucket.owner;
}

bool may_list(const Question& q) {
  Question list = q;
  list.action = kList;
  list.resource = q.resource.substr(0, q.resource.find('/'));
  std::optional<ListFacts> facts;
  if (q.facts != nullptr) {
    facts.emplace(*q.facts, q.key);
    list.facts = &*facts;
  }
  const Decision decision = by_policies(list);
  if (denies(list, decision)) return false;
  return allows(list, decision) || is_root_of(q.caller, q.bucket.owner) ||
         by_bucket_acl(q, Permission::kRead);
}

// --- ownership and lists ---

bool may_delete(const Question& q) {
  if (!by_bucket_acl(q, Permission::kWrite)) return false;
  return !q.object->exists || is_root_of(q.caller, q.object->owner);
}

// Of an object that is there, and whose rules matter: ACLs are on.
bool may_with_object(const Question& q, const Mapping* mapping) {
  const bool owner = is_root_of(q.caller, q.object->owner);
  if (mapping == nullptr) return owner;
  // An owner can always mend the list.
  if (owner && mapping->permission != Permission::kRead) return true;
  return grants(q.object->acl, membership(q), mapping->permission);
}

bool by_ownership(const Question& q) {
  const bool bucket_owner = is_root_of(q.caller, q.bucket.owner);
  if (is_delete(q.action)) return bucket_owner || may_delete(q);
  if (is_of_upload(q.action)) {
    return bucket_owner || (!q.caller.arn.empty() && q.caller.arn == q.initiator);
  }
  const Mapping* const mapping = mapping_of(q.action);
  if (is_of_object(q.action)) {
    return q.bucket.acls_disabled ? bucket_owner : may_with_object(q, mapping);
  }
  if (bucket_owner) return true;
  return mapping != nullptr && by_bucket_acl(q, mapping->permission);
}

// With ACLs off all objects are the bucket owner's, and only its policy can make it matter what is
// there: by the object's tags, or because who may read may not know which keys there are, or who
// may not read may know that there is none.
bool policy_needs_object(const Question& q) {
  if (q.bucket.policy == nullptr) return false;
  if (q.bucket.policy->asks_object_tags) return true;
  const Decision decision = by_policies(q);
  if (denies(q, decision)) return false;
  return (allows(q, decision) || by_ownership(q)) != may_list(q);
}

}  // namespace

PublicAccessBlock most_restrictive(const PublicAccessBlock& a, const PublicAccessBlock& b) {
  return block_of_bits(to_bits(a) | to_bits(b));
}

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

bool needs_object(const Question& q) {
  if (q.creates) return false;
  if (q.bucket.acls_disabled) return is_of_object(q.action) && policy_needs_object(q);
  return is_delete(q.action) ? !is_root_of(q.caller, q.bucket.owner) : is_of_object(q.action);
}

bool needs_initiator(const Question& q) {
  return is_of_upload(q.action) && !is_root_of(q.caller, q.bucket.owner);
}

Answer may(const Question& q) {
  Answer out;
  out.decision = by_policies(q);
  if (denies(q, out.decision)) return out;
  if (q.creates) {
    out.allowed = out.decision.verdict == Verdict::kAllow || is_root_of(q.caller, q.bucket.owner) ||
                  by_bucket_acl(q, Permission::kWrite);
    return out;
  }
  const bool judges_object = q.object != nullptr && is_of_object(q.action);
  CHECK(q.object != nullptr || q.bucket.acls_disabled || !needs_object(q));
  // Whoever may not list does not learn what is there; whoever may, learns that nothing is.
  if (judges_object && !q.object->exists) {
    out.allowed = may_list(q);
    return out;
  }
  out.allowed = allows(q, out.decision);
  if (!out.allowed) {
    out.decision = {};
    out.allowed = by_ownership(q);
  }
  return out;
}

}  // namespace muzn::policy
