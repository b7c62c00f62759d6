// What policies say of a request, and which statement decided. The only evaluator there is. Pure.
// Source: AWS, "Policy evaluation logic" (for requests within one account, and across accounts).
//
//   allowed  <=>  no statement of any policy denies, and
//                 charter ∩ boundary ∩ session ∩ (identity ∪ resource)
//
// and where caller and resource are of two accounts, identity ∩ resource: both sides must agree.
//
// Within one account, a resource's policy that names the caller itself (a user's ARN, a session's
// ARN, everyone) gives it that right past boundary and session, which then deny only by saying so;
// one that names a session's role gives it to the role, within them (AWS, "Permissions boundaries
// for IAM entities"). No charter is passed by.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "policy/document.h"
#include "policy/facts.h"

namespace muzn::policy {

struct Caller {
  std::string account;  // "" = anonymous
  bool is_root = false;
  std::string arn;
  // Unique id of a user, "<role id>:<session name>" of a role's session; "" = neither.
  std::string user_id;
  // Of a role's session: policies that name the role mean all sessions of it.
  std::string role_arn = {};
  std::string role_id = {};
  // A service of this house that acts for a bucket: "logging.s3.amazonaws.com". Only a statement
  // that names it allows it something, but who denies everyone denies it, too.
  std::string service = {};
  // Without an account: who shows a token of this identity provider (its ARN), to assume a role.
  std::string provider = {};
};

struct Request {
  const Caller& caller;
  std::string_view action;    // "s3:GetObject"
  std::string_view resource;  // ARN
  const Facts& facts;
};

enum class Verdict : std::uint8_t {
  kSilent,  // an implicit deny: nothing allows
  kAllow,
  kDeny,  // an explicit one
};

// What one policy says: deny wins over allow.
struct Finding {
  Verdict verdict = Verdict::kSilent;
  std::size_t statement = 0;  // unless silent
  // Of a resource's policy: it allows this to the caller's account, whose own policies have to pass
  // it on, and does not name the caller.
  bool to_account_only = false;
  // The same: it allows this to the caller's role, and does not name the session.
  bool to_role_only = false;
};
Finding evaluate(const Document& document, Attachment attachment, const Request& request);

struct Attached {
  std::string_view name;  // for who asks what decided
  const Document* document = nullptr;
};
// Borrowed. Of each kind, one policy that allows is enough.
struct Policies {
  // Limits: a kind that has none limits nothing.
  std::span<const Attached> charters;
  // They deny, and nothing else.
  std::span<const Attached> suspensions;
  std::span<const Attached> boundaries;
  std::span<const Attached> sessions;
  std::span<const Attached> identity;
  // Of the bucket; document nullptr = none.
  Attached resource;
  std::string_view resource_account;
  // The resource's policy may deny, but what it allows does not count.
  bool resource_only_denies = false;
};
// Some policy of the caller's asks for a condition key that begins so (folded).
bool caller_side_names(const Policies& policies, std::string_view key_prefix);

enum class Source : std::uint8_t {
  kNothing,  // no policy allows
  kAccount,  // the caller is its account's root
  kSuspension,
  kCharter,
  kBoundary,
  kSession,
  kIdentity,
  kResource,
};
struct Decision {
  Verdict verdict = Verdict::kSilent;
  // What denied or allowed; of a silent one the limit that was not passed, or nothing: then no
  // policy allows.
  Source source = Source::kNothing;
  // The caller's side lets it: the root's right or its own policies, within all limits, and nothing
  // denies. What the resource's side says may be missing.
  bool by_own_account = false;
  // The resource's side lets it, by its policy, and so does the caller's where it has to.
  bool by_resource = false;
  // No boundary and no session policy holds the caller back.
  bool within_limits = true;
  std::string_view policy;               // its name
  const Statement* statement = nullptr;  // that decided; borrowed of its document
  std::size_t statement_index = 0;
};
Decision decide(const Request& request, const Policies& policies);

}  // namespace muzn::policy
