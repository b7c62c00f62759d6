#include "policy/access.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
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

// --- policies ---

constexpr std::string_view kList = "s3:ListBucket";
constexpr std::string_view kObjectTagPrefix = "s3:existingobjecttag/";

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

bool holds_policies(const Question& q) {
  return q.held != nullptr &&
         !(q.held->identity.empty() && q.held->charters.empty() && q.held->suspensions.empty() &&
           q.held->boundaries.empty() && q.held->sessions.empty());
}

// A question, and what the policies of both sides say to it.
struct Judged {
  const Question& q;
  Decision decision;

  // The account's rights are the caller's: it is its root, or its own policies let it.
  bool acts_for(std::string_view account) const {
    return decision.by_own_account && !account.empty() && q.caller.account == account;
  }
};

// An owner can't lock itself out: "the root principal in a bucket owner's account can perform the
// GetBucketPolicy, PutBucketPolicy, and DeleteBucketPolicy API actions, even if their bucket policy
// explicitly denies the root principal's access" (AWS, PutBucketPolicy).
bool may_mend_policy(const Question& q) {
  return is_root_of(q.caller, q.bucket.owner) &&
         (q.action == "s3:GetBucketPolicy" || q.action == "s3:PutBucketPolicy" ||
          q.action == "s3:DeleteBucketPolicy");
}

Judged judge(const Question& q) {
  if (q.bucket.policy == nullptr && !holds_policies(q)) {
    Decision nothing;
    nothing.by_own_account = q.caller.is_root;
    return {.q = q, .decision = nothing};
  }
  CHECK(q.facts != nullptr);
  Policies policies;
  if (q.held != nullptr) policies = *q.held;
  policies.resource = {};
  policies.resource_account = q.bucket.owner;
  if (q.bucket.policy != nullptr) {
    const bool stranger = q.caller.account != q.bucket.owner;
    policies.resource = {.name = "bucket policy", .document = &q.bucket.policy->document};
    policies.resource_only_denies =
        stranger && q.bucket.policy->is_public && q.bucket.block.restrict_public_buckets;
  }
  Decision decision =
      decide({.caller = q.caller, .action = q.action, .resource = q.resource, .facts = *q.facts},
             policies);
  if (decision.verdict == Verdict::kDeny && decision.source == Source::kResource &&
      may_mend_policy(q)) {
    decision = Decision{};
    decision.by_own_account = true;
  }
  return {.q = q, .decision = decision};
}

bool denies(const Judged& c) {
  // A charter that is not passed ends it for everyone.
  if (c.decision.verdict == Verdict::kSilent) return c.decision.source == Source::kCharter;
  return c.decision.verdict == Verdict::kDeny;
}

// What a bucket's policy allows with an object holds for objects of the bucket's owner only. What
// the caller may for its account is judged by ownership.
bool allows(const Judged& c) {
  const Question& q = c.q;
  if (!c.decision.by_resource) return false;
  return q.bucket.acls_disabled || !is_of_object(q.action) || !q.object->exists ||
         q.object->owner == q.bucket.owner;
}

// --- ownership and lists ---

// What an account is granted is its root's and, by their policies, its users'; what groups are, all
// of theirs that nobody outside of their account has to let do it.
Membership membership(const Judged& c, std::string_view list_owner) {
  const std::string& account = c.q.caller.account;
  const bool in_groups = account.empty() || account == list_owner || c.decision.by_own_account;
  return {.account = account,
          .direct = c.decision.by_own_account,
          .groups = in_groups && !c.q.bucket.block.ignore_public_acls};
}

bool by_bucket_acl(const Judged& c, Permission permission) {
  return !c.q.bucket.acls_disabled &&
         grants(c.q.bucket.acl, membership(c, c.q.bucket.owner), permission);
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
  const Judged c = judge(list);
  if (denies(c)) return false;
  return allows(c) || c.acts_for(q.bucket.owner) || by_bucket_acl(c, Permission::kRead);
}

bool may_delete(const Judged& c) {
  if (!by_bucket_acl(c, Permission::kWrite)) return false;
  return !c.q.object->exists || c.acts_for(c.q.object->owner);
}

// Of an object that is there, and whose rules matter: ACLs are on.
bool may_with_object(const Judged& c, const Mapping* mapping) {
  const ObjectRules& object = *c.q.object;
  const bool owner = c.acts_for(object.owner);
  if (mapping == nullptr) return owner;
  // An owner can always mend the list.
  if (owner && mapping->permission != Permission::kRead) return true;
  return grants(object.acl, membership(c, object.owner), mapping->permission);
}

bool by_ownership(const Judged& c) {
  const Question& q = c.q;
  const bool bucket_owner = c.acts_for(q.bucket.owner);
  if (is_delete(q.action)) return bucket_owner || may_delete(c);
  if (is_of_upload(q.action)) {
    const bool began_it = !q.caller.arn.empty() && q.caller.arn == q.initiator;
    return bucket_owner || (began_it && c.decision.within_limits);
  }
  const Mapping* const mapping = mapping_of(q.action);
  if (is_of_object(q.action)) {
    return q.bucket.acls_disabled ? bucket_owner : may_with_object(c, mapping);
  }
  if (bucket_owner) return true;
  return mapping != nullptr && by_bucket_acl(c, mapping->permission);
}

// With ACLs off all objects are the bucket owner's, and only policies can make it matter what is
// there: by the object's tags, or because who may read may not know which keys there are, or who
// may not read may know that there is none.
bool policies_need_object(const Question& q) {
  if (q.bucket.policy == nullptr && !holds_policies(q)) return false;
  if (q.bucket.policy != nullptr && q.bucket.policy->asks_object_tags) return true;
  if (q.held != nullptr && caller_side_names(*q.held, kObjectTagPrefix)) return true;
  const Judged c = judge(q);
  if (denies(c)) return false;
  return (allows(c) || by_ownership(c)) != may_list(q);
}

// For an answer that something else made. What is refused is told alike whether it is there or not.
Decision without_allow(const Decision& decision) {
  if (decision.verdict == Verdict::kSilent) return decision;
  Decision out;
  out.by_own_account = decision.by_own_account;
  return out;
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
  if (q.bucket.acls_disabled) return is_of_object(q.action) && policies_need_object(q);
  return is_delete(q.action) ? !judge(q).acts_for(q.bucket.owner) : is_of_object(q.action);
}

bool needs_initiator(const Question& q) {
  return is_of_upload(q.action) && !judge(q).acts_for(q.bucket.owner);
}

Answer may(const Question& q) {
  const Judged c = judge(q);
  Answer out{.allowed = false, .decision = c.decision};
  if (denies(c)) return out;
  if (q.creates) {
    out.allowed = c.decision.verdict == Verdict::kAllow || c.acts_for(q.bucket.owner) ||
                  by_bucket_acl(c, Permission::kWrite);
    return out;
  }
  const bool judges_object = q.object != nullptr && is_of_object(q.action);
  CHECK(q.object != nullptr || q.bucket.acls_disabled || !needs_object(q));
  // Whoever may not list does not learn what is there; whoever may, learns that nothing is.
  if (judges_object && !q.object->exists) {
    out.allowed = may_list(q);
    if (!out.allowed) out.decision = without_allow(c.decision);
    return out;
  }
  if (allows(c)) {
    out.allowed = true;
    return out;
  }
  out.allowed = by_ownership(c);
  // A policy is said to have decided where it was it that made the caller the owner.
  const bool by_identity = c.decision.source == Source::kIdentity && c.acts_for(q.bucket.owner);
  if (!out.allowed || !by_identity) out.decision = without_allow(c.decision);
  return out;
}

}  // namespace muzn::policy
