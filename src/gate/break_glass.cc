#include "gate/break_glass.h"

#include "gate/facts.h"
#include "gate/held.h"
#include "policy/evaluate.h"

namespace muzn::gate {

bool Lapsed::is_open(const control::State& state, const std::string& id, Time now) {
  const auto found = state.break_glass.grants.find(id);
  if (found == state.break_glass.grants.end() || !state.break_glass.open.contains(id)) return false;
  const control::Grant& grant = found->second.grant;
  const std::lock_guard lock(mutex_);
  if (ids_.contains(id)) return false;
  if (now >= grant.until) {
    ids_.insert(id);
    return false;
  }
  return control::is_in_time(grant, now);
}

bool may_hold_glass(const Principal& who) {
  return who.is_operator && who.type == Principal::Type::kUser && who.session == nullptr;
}

bool is_signed_in_person(const Authenticated& who) {
  return who.proof() && who.proof()->claim().form == sigv4::Form::kHeader &&
         !who.proof()->claim().v2;
}

Gate::~Gate() = default;

bool Gate::is_glass_open(const std::string& id) const {
  return lapsed_->is_open(*controller_.state(), id, clock_.now());
}

std::string Gate::grant_for(const Held& held, const Authenticated& who, const Ask& ask) const {
  const control::State& state = *held.state();
  const bool asks = ask.glass != nullptr || !ask.credentials_of.empty();
  if (!asks || state.break_glass.open.empty()) return "";
  const Principal& principal = held.principal();
  if (!may_hold_glass(principal) || !is_signed_in_person(who)) return "";
  const auto covers = [&](const control::Grant& grant) {
    if (ask.glass == nullptr) {
      // Chosen secrets may be weak: an import is never part of it.
      return ask.action != "muzn:ImportKey" && grant.rights == control::kRightCredentials &&
             grant.account == ask.credentials_of;
    }
    return grant.account == ask.owner && control::covers(grant, {.action = ask.action,
                                                                 .bucket_id = ask.glass->bucket_id,
                                                                 .key = ask.key,
                                                                 .prefix = ask.glass->prefix});
  };
  for (const std::string& id : state.break_glass.open) {
    const control::Grant& grant = state.break_glass.grants.at(id).grant;
    if (grant.who_id != principal.user_id || !covers(grant)) continue;
    if (!lapsed_->is_open(state, id, clock_.now())) continue;
    // What the operator denies its own people holds for them here as well.
    const CommonFacts facts({.held = held,
                             .request = ask.request,
                             .now = clock_.now(),
                             .region = options_.region,
                             .resource_account = ask.owner,
                             .own = ask.facts});
    policy::Policies policies = held.policies();
    policies.resource_account = principal.account;
    const policy::Decision decision = policy::decide(
        {.caller = held.caller(), .action = ask.action, .resource = ask.resource, .facts = facts},
        policies);
    return decision.verdict == policy::Verdict::kDeny ? "" : id;
  }
  return "";
}

}  // namespace muzn::gate
