#include "control/removal.h"

#include <algorithm>

#include "control/residency_apply.h"

namespace muzn::control {
namespace {

bool has(const policy::Document& document, policy::Effect effect) {
  return std::ranges::any_of(document.statements, [effect](const policy::Statement& statement) {
    return statement.effect == effect;
  });
}
bool denies(const policy::Document& document) {
  return has(document, policy::Effect::kDeny);
}
bool allows(const policy::Document& document) {
  return has(document, policy::Effect::kAllow);
}

const Grants* grants_of(const State& state, const IamRef& who) {
  const auto of = [](const auto* thing) { return thing == nullptr ? nullptr : &thing->grants; };
  if (who.kind == IamKind::kUser) return of(state.user(who.account, who.name));
  if (who.kind == IamKind::kGroup) return of(state.group(who.account, who.name));
  if (who.kind == IamKind::kRole) return of(state.role(who.account, who.name));
  return nullptr;
}

bool denies(const State& state, const std::string& policy_arn) {
  const policy::Document* const document = state.managed_policy(policy_arn);
  return document == nullptr || denies(*document);
}

bool denies(const State& state, const Grants& grants) {
  return std::ranges::any_of(grants.inlined,
                             [](const auto& one) { return denies(one.second->document); }) ||
         std::ranges::any_of(grants.attached,
                             [&state](const std::string& arn) { return denies(state, arn); });
}

// --- one function an act; others may grant ---

bool judge(const State& /*state*/, const auto& /*act*/) {
  return false;
}

bool judge(const State& /*state*/, const SetKeyStatus& act) {
  return act.status == KeyStatus::kInactive;
}
bool judge(const State& /*state*/, const DeleteKey& /*act*/) {
  return true;
}
bool judge(const State& /*state*/, const DeleteUser& /*act*/) {
  return true;
}
bool judge(const State& /*state*/, const DeleteAccount& /*act*/) {
  return true;
}
bool judge(const State& /*state*/, const ForgetBucket& /*act*/) {
  return true;
}
bool judge(const State& /*state*/, const DeleteSite& /*act*/) {
  return true;
}
bool judge(const State& state, const SetResidency& act) {
  return only_narrows(state, act);
}
bool judge(const State& /*state*/, const DismissOfficer& /*act*/) {
  return true;
}
bool judge(const State& /*state*/, const CloseBreakGlass& /*act*/) {
  return true;
}

// Nobody is in a group that goes, and whoever came as the role or with the provider's tokens ends.
// A policy may limit sessions that name it.
bool judge(const State& /*state*/, const DeleteIam& act) {
  return act.what.kind != IamKind::kPolicy;
}

bool judge(const State& state, const RemoveUserFromGroup& act) {
  const Group* const group = state.group(act.account, act.group);
  return group == nullptr || !denies(state, group->grants);
}

bool judge(const State& state, const DeleteInlinePolicy& act) {
  const Grants* const grants = grants_of(state, act.who);
  if (grants == nullptr) return true;
  const auto old = grants->inlined.find(act.name);
  return old == grants->inlined.end() || !denies(old->second->document);
}

// One that only denies, as who revokes a role's sessions puts it.
bool judge(const State& state, const PutInlinePolicy& act) {
  if (!judge(state, DeleteInlinePolicy{.who = act.who, .name = act.name})) return false;
  const auto fresh = policy::parse_policy(act.policy, policy::Attachment::kIdentity);
  return fresh && !allows(*fresh);
}

bool judge(const State& state, const DetachPolicy& act) {
  const Grants* const grants = grants_of(state, act.who);
  return grants == nullptr || !grants->attached.contains(act.policy_arn) ||
         !denies(state, act.policy_arn);
}

bool judge(const State& state, const AttachPolicy& act) {
  const policy::Document* const document = state.managed_policy(act.policy_arn);
  return document != nullptr && !allows(*document);
}

// A limit where there was none.
bool judge(const State& state, const SetBoundary& act) {
  if (act.policy_arn.empty()) return false;
  if (act.who.kind == IamKind::kUser) {
    const User* const user = state.user(act.who.account, act.who.name);
    return user != nullptr && user->boundary.empty();
  }
  const Role* const role = state.role(act.who.account, act.who.name);
  return role != nullptr && role->boundary.empty();
}

}  // namespace

bool only_removes(const State& state, const ActBody& act) {
  return std::visit([&state](const auto& body) { return judge(state, body); }, act);
}

}  // namespace muzn::control
