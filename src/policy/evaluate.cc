#include "policy/evaluate.h"

#include <algorithm>
#include <array>
#include <optional>

namespace muzn::policy {
namespace {

// How a resource's policy speaks of the caller, the closest last.
enum class Reach : std::uint8_t { kNot, kAccount, kRole, kCaller };

// Where it was tied to a unique id, that says who is meant, whatever the ARN is by now.
bool means(const Principal& principal, std::string_view arn, std::string_view id) {
  if (!principal.id.empty()) return principal.id == id;
  return !arn.empty() && principal.value == arn;
}

Reach reach(const Principal& principal, const Caller& caller) {
  using Kind = Principal::Kind;
  switch (principal.kind) {
    case Kind::kEveryone:
      return caller.service.empty() && caller.provider.empty() ? Reach::kCaller : Reach::kAccount;
    case Kind::kAccount:
      if (caller.account.empty() || principal.value != caller.account) return Reach::kNot;
      return caller.is_root ? Reach::kCaller : Reach::kAccount;
    case Kind::kIdentity:
      if (means(principal, caller.arn, caller.user_id)) return Reach::kCaller;
      return means(principal, caller.role_arn, caller.role_id) ? Reach::kRole : Reach::kNot;
    case Kind::kService:
      return !caller.service.empty() && principal.value == caller.service ? Reach::kCaller
                                                                          : Reach::kNot;
    case Kind::kFederated:
      return !caller.provider.empty() && principal.value == caller.provider ? Reach::kCaller
                                                                            : Reach::kNot;
    // Canonical ids were made accounts where they are known.
    case Kind::kCanonical:
      return Reach::kNot;
  }
  return Reach::kNot;
}

bool names(const Statement& statement, const Caller& caller) {
  return std::ranges::any_of(statement.principals, [&](const Principal& principal) {
    return reach(principal, caller) == Reach::kCaller;
  });
}

// AWS judges the account first, then the role, and then who acts for them: who is to be spared has
// to be named along with its role and its account.
bool is_spared(const Statement& statement, const Caller& caller) {
  if (!names(statement, caller)) return false;
  if (caller.account.empty() || caller.is_root) return true;
  const Caller account{.account = caller.account,
                       .is_root = true,
                       .arn = "arn:aws:iam::" + caller.account + ":root",
                       .user_id = {}};
  if (!names(statement, account)) return false;
  return caller.role_arn.empty() || names(statement, {.account = caller.account,
                                                      .is_root = false,
                                                      .arn = caller.role_arn,
                                                      .user_id = caller.role_id});
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

// The side of the resource, and how it speaks of the caller.
struct ResourceSide {
  Decision decision;
  bool to_account_only = false;
  bool to_role_only = false;
};
ResourceSide evaluate_resource(const Policies& policies, const Request& request) {
  ResourceSide out;
  if (policies.resource.document == nullptr) return out;
  const Finding found = evaluate(*policies.resource.document, Attachment::kResource, request);
  if (found.verdict == Verdict::kSilent) return out;
  if (found.verdict == Verdict::kAllow && policies.resource_only_denies) return out;
  out.decision = decided(found.verdict, Source::kResource, policies.resource, found.statement);
  out.to_account_only = found.to_account_only;
  out.to_role_only = found.to_role_only;
  return out;
}

bool allows(const Decision& decision) {
  return decision.verdict == Verdict::kAllow;
}

// Once nothing denies and the charters are passed: identity ∪ resource within one account,
// identity ∩ resource between two. `limit`: the boundary or session that was not passed.
Decision combine(const Decision& identity, const std::optional<Decision>& limit,
                 const ResourceSide& resource, const Request& request,
                 std::string_view resource_account) {
  const bool own = allows(identity) && !limit;
  const bool named = allows(resource.decision) && !resource.to_account_only;
  bool by_resource = named;
  bool limited = limit && allows(identity);
  const bool anonymous = request.caller.account.empty();
  const bool same_account = !anonymous && request.caller.account == resource_account;
  if (same_account) {
    by_resource = named && (!limit || !resource.to_role_only);
    limited = limited || (limit && named);
  } else if (!anonymous) {
    by_resource = own && allows(resource.decision);
  }
  Decision out;
  if (same_account && own) {
    out = identity;
  } else if (by_resource) {
    out = resource.decision;
  } else if (limited) {
    out = *limit;
  }
  out.by_own_account = own;
  out.by_resource = by_resource;
  out.within_limits = !limit;
  return out;
}

}  // namespace

Finding evaluate(const Document& document, Attachment attachment, const Request& request) {
  Finding out;
  Reach closest = Reach::kNot;  // of what allows
  for (std::size_t i = 0; i < document.statements.size(); ++i) {
    const Statement& statement = document.statements[i];
    const bool denies = statement.effect == Effect::kDeny;
    if (!denies && closest == Reach::kCaller) continue;
    const Reach reached =
        attachment == Attachment::kIdentity ? Reach::kCaller : reach(statement, request.caller);
    // An allow that names the caller is better than one of its role or account; a deny is all's.
    if (reached == Reach::kNot || (!denies && reached <= closest)) continue;
    if (!applies(statement, request)) continue;
    if (denies) return {.verdict = Verdict::kDeny, .statement = i};
    closest = reached;
    out = {.verdict = Verdict::kAllow,
           .statement = i,
           .to_account_only = reached == Reach::kAccount,
           .to_role_only = reached == Reach::kRole};
  }
  return out;
}

Decision decide(const Request& request, const Policies& policies) {
  const Decision suspension = evaluate_kind(policies.suspensions, Source::kSuspension, request);
  if (suspension.verdict == Verdict::kDeny) return suspension;
  const Decision charter = evaluate_kind(policies.charters, Source::kCharter, request);
  if (charter.verdict == Verdict::kDeny) return charter;
  const Decision boundary = evaluate_kind(policies.boundaries, Source::kBoundary, request);
  if (boundary.verdict == Verdict::kDeny) return boundary;
  const Decision session = evaluate_kind(policies.sessions, Source::kSession, request);
  if (session.verdict == Verdict::kDeny) return session;
  Decision identity = evaluate_kind(policies.identity, Source::kIdentity, request);
  if (identity.verdict == Verdict::kDeny) return identity;
  const ResourceSide resource = evaluate_resource(policies, request);
  if (resource.decision.verdict == Verdict::kDeny) return resource.decision;

  if (!policies.charters.empty() && !allows(charter)) return charter;
  std::optional<Decision> limit;
  if (!policies.sessions.empty() && !allows(session)) limit = session;
  if (!policies.boundaries.empty() && !allows(boundary)) limit = boundary;
  if (request.caller.is_root) {
    identity = {.verdict = Verdict::kAllow, .source = Source::kAccount, .policy = {}};
  }
  return combine(identity, limit, resource, request, policies.resource_account);
}

bool caller_side_names(const Policies& policies, std::string_view key_prefix) {
  return std::ranges::any_of(std::array{policies.suspensions, policies.charters,
                                        policies.boundaries, policies.sessions, policies.identity},
                             [key_prefix](std::span<const Attached> kind) {
                               return std::ranges::any_of(kind, [key_prefix](const Attached& one) {
                                 return one.document->names(key_prefix);
                               });
                             });
}

}  // namespace muzn::policy
