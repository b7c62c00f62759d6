#include "gate/held.h"

#include <string>
#include <utility>

namespace muzn::gate {
namespace {

// Of a limit that is not there any more, or can't be read: it is not passed.
const policy::Document& nothing() {
  static const policy::Document kNothing;
  return kNothing;
}

policy::Attached managed(const control::State& state, std::string_view arn) {
  const policy::Document* const document = state.managed_policy(arn);
  return {.name = arn, .document = document == nullptr ? &nothing() : document};
}

}  // namespace

Held::Held(control::Snapshot state, const Principal& principal)
    : state_(std::move(state)),
      principal_(principal),
      caller_{.account = principal.account,
              .is_root = principal.type == Principal::Type::kRoot,
              .arn = principal.arn,
              .user_id = principal.user_id} {
  if (principal.type == Principal::Type::kUser) take_user();
  if (principal.type == Principal::Type::kRole) take_role();
  take_session();
  take_charter();
  take_suspension();
  policies_.suspensions = suspensions_;
  policies_.charters = charters_;
  policies_.boundaries = boundaries_;
  policies_.sessions = sessions_;
  policies_.identity = identity_;
}

void Held::take_user() {
  const control::User* const user = state_->user(principal_.account, principal_.user);
  // A namesake of who was authenticated is another one.
  if (user == nullptr || user->id != principal_.user_id) return;
  take(user->grants);
  for (const std::string& name : user->groups) {
    const control::Group* const group = state_->group(principal_.account, name);
    if (group != nullptr) take(group->grants);
  }
  take_boundary(user->boundary);
}

void Held::take_role() {
  if (principal_.session == nullptr) return;
  const Session& session = *principal_.session;
  const control::Role* const role = state_->role(principal_.account, session.role);
  if (role == nullptr || role->id != session.role_id) return;
  caller_.role_arn = arn_of(*role);
  caller_.role_id = role->id;
  take(role->grants);
  take_boundary(role->boundary);
}

void Held::take_session() {
  if (principal_.session == nullptr) return;
  const Session& session = *principal_.session;
  if (!session.policy.empty()) {
    sessions_.push_back(
        {.name = "session policy", .document = session.document ? &*session.document : &nothing()});
  }
  for (const std::string& arn : session.policy_arns) sessions_.push_back(managed(*state_, arn));
}

void Held::take_charter() {
  const control::StoredCharter* const charter = state_->stored_charter(principal_.account);
  if (charter != nullptr) {
    charters_.push_back({.name = "charter", .document = &charter->ceiling});
  }
}

void Held::take_suspension() {
  const control::StoredSuspension* const found = state_->suspension(principal_.account);
  if (found != nullptr) suspensions_.push_back({.name = "suspension", .document = &found->ceiling});
}

void Held::take(const control::Grants& grants) {
  for (const auto& [name, policy] : grants.inlined) {
    identity_.push_back({.name = name, .document = &policy->document});
  }
  for (const std::string& arn : grants.attached) identity_.push_back(managed(*state_, arn));
}

void Held::take_boundary(std::string_view arn) {
  if (!arn.empty()) boundaries_.push_back(managed(*state_, arn));
}

}  // namespace muzn::gate
