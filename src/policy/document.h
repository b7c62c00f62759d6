// A policy as a value, and how its JSON is read. Pure.
// Sources: AWS, "Grammar of the IAM JSON policy language" and "IAM JSON policy elements reference".
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "policy/condition.h"
#include "policy/pattern.h"

namespace muzn::policy {

// AWS: "Bucket policies are limited to 20 KB in size", white space between elements not counted.
inline constexpr std::size_t kPolicyBytesMax = 20U << 10;
// With white space.
inline constexpr std::size_t kPolicyTextMax = 64U << 10;

enum class Effect : std::uint8_t { kAllow, kDeny };

struct Principal {
  enum class Kind : std::uint8_t {
    kEveryone,   // "*": anonymous callers too
    kAccount,    // value: the account's id
    kIdentity,   // value: ARN of a user, a role, a session
    kCanonical,  // value: the canonical id of an account
    kService,    // value: "logging.s3.amazonaws.com"
    kFederated,  // value: ARN or name of an identity provider
  };
  Kind kind = Kind::kEveryone;
  std::string value;
  // The unique id of the user or role that the ARN meant when the policy was put, of a session
  // "<role id>:<session name>", so that another one who gets the name later is not meant; "" =
  // whoever has the ARN.
  std::string id;
  bool operator==(const Principal&) const = default;
};

// Action or NotAction, Resource or NotResource.
struct Selection {
  std::vector<Pattern> patterns;
  bool negated = false;
  bool operator==(const Selection&) const = default;
};

struct Statement {
  std::string sid;
  Effect effect = Effect::kDeny;
  std::vector<Principal> principals;  // of a resource's policy
  bool not_principal = false;
  Selection actions;
  Selection resources;
  std::vector<Condition> conditions;
  bool operator==(const Statement&) const = default;
};

struct Document {
  std::string id;
  bool variables = false;  // version 2012-10-17
  std::vector<Statement> statements;
  bool operator==(const Document&) const = default;

  // Some condition or variable asks for a key that begins so (folded).
  bool names(std::string_view key_prefix) const;
};

enum class Attachment : std::uint8_t {
  kIdentity,  // no principals: it speaks of who it is attached to
  kResource,  // each statement names principals
  kTrust,     // the same, and no resources: who may assume a role
};
// What is not in the grammar is refused: unknown and duplicate elements, operators that do not
// exist, values of the wrong kind. Whether names mean anything (actions, keys, accounts, resources)
// is the caller's to judge. A stricter reading would leave policies behind that are stored: they
// are read with this at each start. Errors: kInvalid with words for who wrote the policy, kLimit.
Result<Document> parse_policy(std::string_view json, Attachment attachment);

// "statement 2 (ReadOnly)", for messages.
std::string describe(const Document& document, std::size_t statement);

}  // namespace muzn::policy
