// The second half of the gate: what is allowed to whom.
#include <algorithm>
#include <array>
#include <optional>

#include "gate/facts.h"
#include "gate/gate.h"
#include "gate/held.h"
#include "gate/purpose.h"

namespace muzn::gate {
namespace {

using policy::Decision;
using policy::Source;
using policy::Verdict;
using Type = Principal::Type;

constexpr std::string_view kAdminPrefix = "muzn:";
constexpr std::string_view kWhoAmI = "muzn:WhoAmI";
// What an account may do to its own users, keys, granularity, limits, log, purposes and cases.
// Importing a pair of keys is not here: chosen names tell whether a stranger's key exists, and
// chosen secrets may be weak.
constexpr auto kOwnAccountActions = std::to_array<std::string_view>(
    {"muzn:ListBreakGlass", "muzn:CreateUser",     "muzn:ListUsers",        "muzn:DeleteUser",
     "muzn:CreateKey",      "muzn:ListKeys",       "muzn:SetKeyStatus",     "muzn:DeleteKey",
     "muzn:GetGranularity", "muzn:SetGranularity", "muzn:GetLimits",        "muzn:SetLimits",
     "muzn:ReadLog",        "muzn:GetCharter",     "muzn:SetBucketPurpose", "muzn:ListCases",
     "muzn:GetCase",        "muzn:AnswerCase",     "muzn:ListSites",        "muzn:GetResidency",
     "muzn:SetResidency"});

bool is_of_admin(std::string_view action) {
  return action.starts_with(kAdminPrefix);
}

// AWS, GetSessionToken: without a second factor its credentials can't call IAM, and of STS only
// these. Else what is for an hour would make itself what is for long.
bool is_for_long_only(std::string_view action) {
  if (action.starts_with("sts:")) {
    return action != "sts:AssumeRole" && action != "sts:GetCallerIdentity";
  }
  return action.starts_with("iam:") || is_of_admin(action);
}
bool is_token(const Principal& who) {
  return who.session != nullptr && who.session->kind == Session::Kind::kToken;
}

// Whose the thing is that an action outside of buckets is about; "" = nobody's whose word counts.
std::string_view owner_of(const Principal& who, const Ask& ask) {
  if (!is_of_admin(ask.action)) return ask.owner.empty() ? who.account : ask.owner;
  // The installation and all accounts, as accounts, are the operator's.
  if (who.is_operator) return who.account;
  const bool on_own = std::ranges::find(kOwnAccountActions, ask.action) != kOwnAccountActions.end();
  return on_own && ask.owner == who.account ? std::string_view(who.account) : "";
}

std::string_view kind_of(Source source) {
  switch (source) {
    case Source::kSuspension:
      return "suspension";
    case Source::kCharter:
      return "charter";
    case Source::kBoundary:
      return "permissions boundary";
    case Source::kSession:
      return "session policy";
    case Source::kResource:
      return "resource-based policy";
    case Source::kIdentity:
    case Source::kNothing:
    case Source::kAccount:
      break;
  }
  return "identity-based policy";
}

std::string name_of(const Decision& decision) {
  if (decision.statement == nullptr) return "";
  std::string out;
  if (decision.source == Source::kIdentity) out.append("identity policy ");
  if (decision.source == Source::kBoundary) out.append("permissions boundary ");
  out.append(decision.policy).append(", statement ");
  out.append(std::to_string(decision.statement_index + 1));
  if (!decision.statement->sid.empty())
    out.append(" (").append(decision.statement->sid).append(")");
  return out;
}

// In AWS's words.
std::string explain(const Principal& who, const Ask& ask, const Decision& decision) {
  const bool quoted = ask.action.starts_with("s3:");
  std::string out = "User: " + who.arn + " is not authorized to perform: ";
  out.append(ask.action).append(" on resource: ");
  out.append(quoted ? "\"" : "").append(ask.resource).append(quoted ? "\"" : "");
  if (decision.verdict == Verdict::kDeny) {
    const bool an = kind_of(decision.source).starts_with("identity");
    out.append(" with an explicit deny in ").append(an ? "an " : "a ");
    return out.append(kind_of(decision.source));
  }
  // Its own policies allow it: the other side is silent.
  const Source silent = decision.by_own_account ? Source::kResource : decision.source;
  out.append(" because no ").append(kind_of(silent)).append(" allows the ");
  return out.append(ask.action).append(" action");
}

// Only who is of the resource's account is told what denies (AWS does it so too).
Denial denial(const Principal& who, const Ask& ask, const Decision& decision) {
  Denial out{.message = "Access Denied", .decided_by = name_of(decision)};
  // An account or a key of the installation that is nobody's is told as a stranger's is.
  const bool is_new = ask.owner.empty() && !is_of_admin(ask.action);
  const bool is_own = !who.account.empty() && (is_new || ask.owner == who.account);
  if (is_own && decision.verdict != Verdict::kAllow) out.message = explain(who, ask, decision);
  return out;
}

// What is asked of a bucket's owner is for what the bucket is for, whoever asks.
class OwnersFacts final : public policy::Facts {
 public:
  explicit OwnersFacts(const policy::Facts& asked) : asked_(asked) {}
  policy::Values values(std::string_view key) const override {
    return asked_.values(key == "muzn:purpose" ? kPurposeOfBucket : key);
  }

 private:
  const policy::Facts& asked_;
};

// What binds a bucket's owner, as it binds others with the bucket.
Decision refusal(Source source, std::string_view name, const policy::Document& document,
                 const policy::Finding& found) {
  Decision out{.verdict = found.verdict, .source = source, .policy = {}};
  if (found.verdict != Verdict::kDeny) return out;
  out.policy = name;
  out.statement = &document.statements[found.statement];
  out.statement_index = found.statement;
  return out;
}

// The charter and the suspension of a bucket's owner bind what others do with it, too; nullopt: it
// has none, or they let it.
std::optional<Decision> refused_by_owner(const Held& held, const Ask& ask,
                                         const policy::Facts& facts) {
  if (ask.bucket->owner == held.principal().account) return std::nullopt;
  const control::StoredCharter* const charter = held.state()->stored_charter(ask.bucket->owner);
  const control::StoredSuspension* const suspension = held.state()->suspension(ask.bucket->owner);
  if (charter == nullptr && suspension == nullptr) return std::nullopt;
  const OwnersFacts owners(facts);
  const policy::Request request{
      .caller = held.caller(), .action = ask.action, .resource = ask.resource, .facts = owners};
  if (suspension != nullptr) {
    const auto found =
        policy::evaluate(suspension->ceiling, policy::Attachment::kIdentity, request);
    if (found.verdict == Verdict::kDeny) {
      return refusal(Source::kSuspension, "suspension", suspension->ceiling, found);
    }
  }
  if (charter == nullptr) return std::nullopt;
  const auto found = policy::evaluate(charter->ceiling, policy::Attachment::kIdentity, request);
  if (found.verdict == Verdict::kAllow) return std::nullopt;
  return refusal(Source::kCharter, "charter", charter->ceiling, found);
}

std::string purpose_of(const Held& held, const Ask& ask) {
  const bool is_said = held.principal().session != nullptr || !held.state()->charters.empty();
  if (!is_said) return "";
  if (ask.bucket == nullptr || ask.facts == nullptr) return purpose_of(held);
  const policy::Values found = ask.facts->values("muzn:purpose");
  return found ? found->front() : "";
}

}  // namespace

policy::Question question(const Ask& ask) {
  CHECK(ask.bucket != nullptr && ask.held != nullptr);
  return {.caller = ask.held->caller(),
          .action = ask.action,
          .bucket = *ask.bucket,
          .resource = ask.resource,
          .key = ask.key,
          .facts = ask.facts,
          .creates = ask.creates,
          .object = ask.object,
          .initiator = ask.initiator,
          .held = &ask.held->policies()};
}

policy::Answer Gate::answer(const Held& held, const Ask& ask) const {
  const Principal& who = held.principal();
  const CommonFacts facts({.held = held,
                           .request = ask.request,
                           .now = clock_.now(),
                           .region = options_.region,
                           .resource_account = ask.owner,
                           .own = ask.facts});
  if (ask.bucket != nullptr) {
    Ask asked = ask;
    asked.held = &held;
    if (asked.facts == nullptr) asked.facts = &facts;
    if (const auto refused = refused_by_owner(held, asked, *asked.facts)) {
      return {.allowed = false, .decision = *refused};
    }
    return policy::may(question(asked));
  }
  if (who.type == Type::kAnonymous) return {};
  if (ask.action == kWhoAmI) return {.allowed = true, .decision = {}};
  if (is_token(who) && is_for_long_only(ask.action)) return {};
  if (ask.about_root && who.type != Type::kRoot) return {};
  // Who gives out credentials of an account reads all of it. Until the account has made a key of
  // its own, the operator knows one anyway.
  const bool is_strangers = !ask.credentials_of.empty() && ask.credentials_of != who.account;
  if (is_strangers && held.state()->taken_over.contains(ask.credentials_of)) return {};
  if (owner_of(who, ask) != who.account) return {};
  policy::Policies policies = held.policies();
  policies.resource_account = who.account;
  const Decision decision = policy::decide(
      {.caller = held.caller(), .action = ask.action, .resource = ask.resource, .facts = facts},
      policies);
  return {.allowed = decision.verdict == Verdict::kAllow, .decision = decision};
}

std::expected<Authorized, Denial> Gate::authorize(Authenticated who, const Ask& ask) const {
  CHECK(ask.held == nullptr || &ask.held->principal() == &who.principal());
  std::optional<Held> found;
  const Held& held =
      ask.held != nullptr ? *ask.held : found.emplace(controller_.state(), who.principal());
  if (std::string grant = grant_for(held, who, ask); !grant.empty()) {
    return Authorized(std::move(who), "break-glass " + grant, purpose_of(held, ask), grant);
  }
  const policy::Answer said = answer(held, ask);
  if (!said.allowed) return std::unexpected(denial(who.principal(), ask, said.decision));
  return Authorized(std::move(who), name_of(said.decision), purpose_of(held, ask));
}

}  // namespace muzn::gate
