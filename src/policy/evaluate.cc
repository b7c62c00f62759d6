#include "policy/evaluate.h"

#include <algorithm>
#include <array>
#include <optional>

namespace muzn::policy {
namespace {

// How a resource's policy speaks of the caller.
enum class Reach : std::uint8_t { kNot, kAccount, kCaller };

Reach reach(const Principal& principal, const Caller& caller) {
  using Kind = Principal::Kind;
  switch (principal.kind) {
    case Kind::kEveryone:
      return caller.service.empty() ? Reach::kCaller : Reach::kAccount;
    case Kind::kAccount:
      if (caller.account.empty() || principal.value != caller.account) return Reach::kNot;
      return caller.is_root ? Reach::kCaller : Reach::kAccount;
    case Kind::kIdentity:
      if (caller.arn.empty() || principal.value != caller.arn) return Reach::kNot;
      return principal.id.empty() || principal.id == caller.user_id ? Reach::kCaller : Reach::kNot;
    case Kind::kService:
      return !caller.service.empty() && principal.value == caller.service ? Reach::kCaller
                                                                          : Reach::kNot;
    // None of them calls: canonical ids were made accounts where they are known, and there are no
    // identity providers that could ask.
    case Kind::kCanonical:
    case Kind::kFederated:
      return Reach::kNot;
  }
  return Reach::kNot;
}

bool any_reaches(const Statement& statement, const Caller& caller, Reach least) {
  return std::ranges::any_of(statement.principals, [&](const Principal& principal) {
    return reach(principal, caller) >= least;
  });
}

// AWS judges the account first and then who acts for it: who is to be spared has to be named along
// with its account.
bool is_spared(const Statement& statement, const Caller& caller) {
  if (!any_reaches(statement, caller, Reach::kCaller)) return false;
  return caller.account.empty() || caller.is_root ||
         any_reaches(statement,
                     Caller{.account = caller.account,
                            .is_root = true,
                            .arn = "arn:aws:iam::" + caller.account + ":root",
                            .user_id = {}},
                     Reach::kCaller);
}

Reach reach(const Statement& statement, const Caller& caller) {
  if (statement.not_principal) return is_spared(statement, caller) ? Reach::kNot : Reach::kCaller;
  Reach out = Reach::kNot;
  for (const Principal& principal : statement.principals) {
    out = std::max(out, reach(principal, caller));
  }
  return out;
}

bool selects_action(const Selection& selection, std::string_view action) {
  const bool found = std::ranges::any_of(selection.patterns, [action](const Pattern& pattern) {
    return matches(pattern.glob(), action, Case::kIgnored);
  });
  return found != selection.negated;
}

bool selects_resource(const Selection& selection, const Request& request) {
  const bool found = std::ranges::any_of(selection.patterns, [&](const Pattern& pattern) {
    if (!pattern.has_variables()) return matches(pattern.glob(), request.resource);
    const auto glob = pattern.resolve(request.facts);
    return glob && matches(*glob, request.resource);
  });
  return found != selection.negated;
}

bool applies(const Statement& statement, const Request& request) {
  return selects_action(statement.actions, request.action) &&
         selects_resource(statement.resources, request) &&
         std::ranges::all_of(statement.conditions, [&](const Condition& condition) {
           if (request.facts.settled(condition.key)) return statement.effect == Effect::kAllow;
           return holds(condition, request.facts);
         });
}

// --- many policies ---

Decision decided(Verdict verdict, Source source, const Attached& by, std::size_t statement) {
  return {.verdict = verdict,
          .source = source,
          .policy = by.name,
          .statement = &by.document->statements[statement],
          .statement_index = statement};
}

// What the policies of one kind say together.
Decision evaluate_kind(std::span<const Attached> policies, Source source, const Request& request) {
  Decision out;
  out.source = source;
  for (const Attached& one : policies) {
    const Finding found = evaluate(*one.document, Attachment::kIdentity, request);
    if (found.verdict == Verdict::kDeny || found.verdict > out.verdict) {
      out = decided(found.verdict, source, one, found.statement);
    }
    if (out.verdict == Verdict::kDeny) break;
  }
  return out;
}

// The side of the resource, and whether the caller itself is named.
struct ResourceSide {
  Decision decision;
  bool to_account_only = false;
};
ResourceSide evaluate_resource(const Policies& policies, const Request& request) {
  ResourceSide out;
  if (policies.resource.document == nullptr) return out;
  const Finding found = evaluate(*policies.resource.document, Attachment::kResource, request);
  if (found.verdict == Verdict::kSilent) return out;
  if (found.verdict == Verdict::kAllow && policies.resource_only_denies) return out;
  out.decision = decided(found.verdict, Source::kResource, policies.resource, found.statement);
  out.to_account_only = found.to_account_only;
  return out;
}

bool allows(const Decision& decision) {
  return decision.verdict == Verdict::kAllow;
}

// Identity ∪ resource within one account, identity ∩ resource between two.
Decision combine(const Decision& identity, const ResourceSide& resource, bool same_account,
                 bool anonymous) {
  const bool named = allows(resource.decision) && !resource.to_account_only;
  if (anonymous) return named ? resource.decision : Decision{};
  if (same_account) {
    if (allows(identity)) return identity;
    return named ? resource.decision : Decision{};
  }
  return allows(identity) && allows(resource.decision) ? resource.decision : Decision{};
}

}  // namespace

Finding evaluate(const Document& document, Attachment attachment, const Request& request) {
  Finding out;
  for (std::size_t i = 0; i < document.statements.size(); ++i) {
    const Statement& statement = document.statements[i];
    const bool denies = statement.effect == Effect::kDeny;
    // An allow that names the caller is better than one that names its account; a deny is both's.
    if (!denies && out.verdict == Verdict::kAllow && !out.to_account_only) continue;
    const Reach reached =
        attachment == Attachment::kIdentity ? Reach::kCaller : reach(statement, request.caller);
    if (reached == Reach::kNot || !applies(statement, request)) continue;
    if (denies) return {.verdict = Verdict::kDeny, .statement = i};
    if (out.verdict == Verdict::kAllow && reached == Reach::kAccount) continue;
    out = {
        .verdict = Verdict::kAllow, .statement = i, .to_account_only = reached == Reach::kAccount};
  }
  return out;
}

Decision decide(const Request& request, const Policies& policies) {
  struct Limit {
    std::span<const Attached> policies;
    Source source;
  };
  const std::array<Limit, 3> limits = {{{policies.charters, Source::kCharter},
                                        {policies.boundaries, Source::kBoundary},
                                        {policies.sessions, Source::kSession}}};
  std::optional<Decision> held_back;
  for (const Limit& limit : limits) {
    const Decision said = evaluate_kind(limit.policies, limit.source, request);
    if (said.verdict == Verdict::kDeny) return said;
    if (!limit.policies.empty() && !allows(said) && !held_back) held_back = said;
  }
  Decision identity = evaluate_kind(policies.identity, Source::kIdentity, request);
  if (identity.verdict == Verdict::kDeny) return identity;
  const ResourceSide resource = evaluate_resource(policies, request);
  if (resource.decision.verdict == Verdict::kDeny) return resource.decision;
  if (held_back) return *held_back;
  if (request.caller.is_root) {
    identity = {.verdict = Verdict::kAllow, .source = Source::kAccount, .policy = {}};
  }
  return combine(identity, resource, request.caller.account == policies.resource_account,
                 request.caller.account.empty());
}

}  // namespace muzn::policy
