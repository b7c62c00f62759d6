// May a caller do an S3 action on a bucket or an object? By the caller's own policies, the
// bucket's, ownership and access control lists; pure. Sources: AWS, "How Amazon S3 authorizes a
// request", "Mapping of ACL permissions and access policy permissions", "Controlling ownership of
// objects and disabling ACLs", "Blocking public access to your Amazon S3 storage".
//
// An account's root has what its account has. Its users and the sessions of its roles have of that
// what their own policies allow: of a bucket or object that is the account's, everything; of
// another's, what that one's policy or list gives to their account. Without policies of their own
// they have what is granted to groups, and to them by a policy of a bucket of their own account.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "policy/acl.h"
#include "policy/bucket_policy.h"
#include "policy/evaluate.h"

namespace muzn::policy {

struct PublicAccessBlock {
  bool block_public_acls = false;
  bool ignore_public_acls = false;
  bool block_public_policy = false;
  bool restrict_public_buckets = false;
  bool operator==(const PublicAccessBlock&) const = default;
};
inline constexpr PublicAccessBlock kBlockAll{true, true, true, true};
// What holds where both are in force: each flag that one of them has. AWS: "the most restrictive
// combination of the bucket-level and account-level settings".
PublicAccessBlock most_restrictive(const PublicAccessBlock& a, const PublicAccessBlock& b);
// Bits 1, 2, 4, 8 in the order of the members. Values are on disk.
std::uint8_t to_bits(const PublicAccessBlock& block);
// REQUIRES bits <= 15.
PublicAccessBlock block_of_bits(std::uint8_t bits);

struct BucketRules {
  std::string owner;  // account id
  bool acls_disabled = true;
  PublicAccessBlock block;
  Acl acl;
  // nullptr = none; borrowed.
  const BucketPolicy* policy = nullptr;
};

struct ObjectRules {
  bool exists = false;
  std::string owner;
  Acl acl;
};

struct Question {
  const Caller& caller;
  std::string_view action;  // "s3:GetObject"
  const BucketRules& bucket;
  std::string_view resource;     // ARN; what the bucket's policy judges, with `facts`
  std::string_view key;          // of the object; "" = the bucket
  const Facts* facts = nullptr;  // needed when the bucket or the caller has a policy
  // The action is part of writing a new object: what stands under the key does not matter.
  bool creates = false;
  // Of an object action when needs_object() says so.
  const ObjectRules* object = nullptr;
  // ARN of who began the multipart upload that is spoken of; "" = none.
  std::string_view initiator;
  // The caller's own policies; nullptr = none. What it says of a resource is not looked at.
  const Policies* held = nullptr;
};

// Do the object's own rules, its tags, or whether it is there at all matter for the answer? Then
// they must be there in may(). Its tags are facts: s3:ExistingObjectTag/<key>.
bool needs_object(const Question& question);
// Does it matter who began the upload?
bool needs_initiator(const Question& question);

struct Answer {
  bool allowed = false;
  // What the policies said; nothing when ownership or a list decided.
  Decision decision;
};
Answer may(const Question& question);

}  // namespace muzn::policy
