// The part of apply() that is about identities and what they hold; for control/state.cc.
// docs/formats/acts.md says what is refused.
#pragma once
#include <string>

#include "base/error.h"
#include "control/state.h"
#include "policy/bucket_policy.h"

namespace muzn::control {

// control/iam_things.cc
Result<void> run(State& state, const CreateUser& act);
Result<void> run(State& state, const DeleteUser& act);
Result<void> run(State& state, const CreateGroup& act);
Result<void> run(State& state, const CreateRole& act);
Result<void> run(State& state, const UpdateRole& act);
Result<void> run(State& state, const PutTrustPolicy& act);
Result<void> run(State& state, const CreatePolicy& act);
Result<void> run(State& state, const PutProvider& act);
Result<void> run(State& state, const DeleteIam& act);
Result<void> run(State& state, const RenameIam& act);
Result<void> run(State& state, const SetAccountAlias& act);
// The account goes: so does what it has besides users. REQUIRES that it has none.
void forget_things_of(State& state, const std::string& account);

// control/iam_grants.cc
Result<void> run(State& state, const AddUserToGroup& act);
Result<void> run(State& state, const RemoveUserFromGroup& act);
Result<void> run(State& state, const PutInlinePolicy& act);
Result<void> run(State& state, const DeleteInlinePolicy& act);
Result<void> run(State& state, const AttachPolicy& act);
Result<void> run(State& state, const DetachPolicy& act);
Result<void> run(State& state, const SetBoundary& act);
Result<void> run(State& state, const CreatePolicyVersion& act);
Result<void> run(State& state, const DeletePolicyVersion& act);
Result<void> run(State& state, const SetDefaultPolicyVersion& act);
Result<void> run(State& state, const PutTags& act);
Result<void> run(State& state, const DeleteTags& act);

// `old` with `fresh` put into it. Errors: kInvalid (grammar; two keys that are the same), kLimit.
Result<Tags> merged(Tags old, const Tags& fresh);
// Errors: kInvalid, kLimit.
Result<PolicyPtr> read_managed_policy(const std::string& text);
// Errors: kInvalid (no such policy for things of the account: kNotFound).
Result<void> check_boundary(const State& state, const std::string& account,
                            const std::string& policy_arn);
// Another use of a policy, or one less. "" = none: nothing happens.
void count_use(State& state, const std::string& account, const std::string& policy_arn,
               std::uint32_t PolicyUse::* of, bool is_more);

// What a policy means by its principals: who is there when it is put. Borrows the state.
policy::Directory directory_of(const State& state);

}  // namespace muzn::control
