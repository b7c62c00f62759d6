// What identities hold: groups, policies, boundaries, tags.
#include <algorithm>

#include "control/iam_apply.h"
#include "control/names.h"
#include "policy/managed.h"

namespace muzn::control {
namespace {

std::unexpected<Error> invalid(std::string what) {
  return fail(Code::kInvalid, std::move(what));
}
std::unexpected<Error> not_found(IamKind kind) {
  return fail(Code::kNotFound, "no such " + std::string(kind_word(kind)));
}

// --- who holds policies ---

const Grants* find_grants(const State& state, const IamRef& who) {
  const auto of = [](const auto* thing) { return thing == nullptr ? nullptr : &thing->grants; };
  switch (who.kind) {
    case IamKind::kUser:
      return of(state.user(who.account, who.name));
    case IamKind::kGroup:
      return of(state.group(who.account, who.name));
    case IamKind::kRole:
      return of(state.role(who.account, who.name));
    case IamKind::kPolicy:
    case IamKind::kProvider:
      break;
  }
  return nullptr;
}

// REQUIRES find_grants(). To change them at once.
Grants& edit_grants(State& state, const IamRef& who) {
  if (who.kind == IamKind::kUser) return state.users.edit({who.account, who.name}).grants;
  if (who.kind == IamKind::kGroup) return state.iam.groups.edit({who.account, who.name}).grants;
  return state.iam.roles.edit({who.account, who.name}).grants;
}

std::size_t inline_max(IamKind kind) {
  if (kind == IamKind::kUser) return kUserPoliciesMax;
  return kind == IamKind::kGroup ? kGroupPoliciesMax : kRolePoliciesMax;
}

// --- managed policies ---

Result<void> check_policy(const State& state, const std::string& account, const std::string& arn) {
  const ManagedPolicy* const own = state.policy_of_arn(arn);
  const bool is_there =
      own != nullptr ? own->account == account : policy::find_managed(arn) != nullptr;
  if (!is_there) return not_found(IamKind::kPolicy);
  return {};
}

// The version that an act speaks of.
Result<void> check_version(const State& state, const std::string& account, const std::string& name,
                           std::uint32_t version) {
  const auto found = state.iam.policies.find({account, name});
  if (found == state.iam.policies.end()) return not_found(IamKind::kPolicy);
  if (!found->second.versions.contains(version)) {
    return fail(Code::kNotFound, "the policy has no version v" + std::to_string(version));
  }
  return {};
}

// --- tags ---

// nullptr: there is no such thing, or it is of a kind that has no tags.
const Tags* find_tags(const State& state, const IamRef& what) {
  const auto of = [](const auto* thing) { return thing == nullptr ? nullptr : &thing->tags; };
  switch (what.kind) {
    case IamKind::kUser:
      return of(state.user(what.account, what.name));
    case IamKind::kRole:
      return of(state.role(what.account, what.name));
    case IamKind::kProvider:
      return of(state.provider(what.account, what.name));
    case IamKind::kPolicy: {
      const auto found = state.iam.policies.find({what.account, what.name});
      return found == state.iam.policies.end() ? nullptr : &found->second.tags;
    }
    case IamKind::kGroup:
      break;
  }
  return nullptr;
}

// REQUIRES find_tags(). To change them at once.
Tags& edit_tags(State& state, const IamRef& what) {
  const AccountName key(what.account, what.name);
  if (what.kind == IamKind::kUser) return state.users.edit(key).tags;
  if (what.kind == IamKind::kRole) return state.iam.roles.edit(key).tags;
  if (what.kind == IamKind::kProvider) return state.iam.providers.edit(key).tags;
  return state.iam.policies.edit(key).tags;
}

void erase_key(Tags& tags, std::string_view key) {
  const std::string folded = fold_case(key);
  std::erase_if(tags, [&folded](const auto& tag) { return fold_case(tag.first) == folded; });
}

}  // namespace

// --- for others, too ---

Result<Tags> merged(Tags old, const Tags& fresh) {
  Tags only_fresh;
  for (const auto& [key, value] : fresh) {
    if (!is_tag_key(key)) return invalid("not a tag's key: 1 to 128 characters, not aws:");
    if (!is_tag_value(value)) return invalid("not a tag's value: at most 256 characters");
    erase_key(only_fresh, key);
    only_fresh.emplace(key, value);
    erase_key(old, key);
  }
  if (only_fresh.size() != fresh.size()) return invalid("a tag's key is there twice");
  old.merge(only_fresh);
  if (old.size() > kTagsMax) return fail(Code::kLimit, "at most 50 tags");
  return old;
}

Result<PolicyPtr> read_managed_policy(const std::string& text) {
  if (policy_size(text) > kManagedPolicyMax) {
    return fail(Code::kLimit, "a managed policy has at most 6144 characters");
  }
  TRY(policy::Document document, policy::parse_policy(text, policy::Attachment::kIdentity));
  return std::make_shared<const IdentityPolicy>(IdentityPolicy{text, std::move(document)});
}

Result<void> check_boundary(const State& state, const std::string& account,
                            const std::string& policy_arn) {
  return policy_arn.empty() ? Result<void>() : check_policy(state, account, policy_arn);
}

void count_use(State& state, const std::string& account, const std::string& policy_arn,
               std::uint32_t PolicyUse::* of, bool is_more) {
  if (policy_arn.empty()) return;
  PolicyUse use = state.policy_use(account, policy_arn);
  use.*of = is_more ? use.*of + 1 : use.*of - 1;
  if (use == PolicyUse{}) {
    state.index.policy_uses.erase({account, policy_arn});
  } else {
    state.index.policy_uses.insert_or_assign({account, policy_arn}, use);
  }
}

policy::Directory directory_of(const State& state) {
  return {.user_id = [&state](std::string_view arn) { return id_of_arn(state, arn); },
          .account_id =
              [&state](std::string_view canonical_id) {
                return state.account_of_canonical_id(canonical_id);
              }};
}

// --- groups ---

Result<void> run(State& state, const AddUserToGroup& act) {
  const Group* const group = state.group(act.account, act.group);
  if (group == nullptr) return not_found(IamKind::kGroup);
  const User* const user = state.user(act.account, act.user);
  if (user == nullptr) return not_found(IamKind::kUser);
  if (user->groups.contains(act.group)) return {};
  if (user->groups.size() >= kGroupsOfUserMax) {
    return fail(Code::kLimit, "a user is in at most 10 groups");
  }
  state.users.edit({act.account, act.user}).groups.insert(act.group);
  state.iam.groups.edit({act.account, act.group}).users.insert(act.user);
  return {};
}

Result<void> run(State& state, const RemoveUserFromGroup& act) {
  const Group* const group = state.group(act.account, act.group);
  if (group == nullptr) return not_found(IamKind::kGroup);
  if (!group->users.contains(act.user))
    return fail(Code::kNotFound, "the user is not in the group");
  state.users.edit({act.account, act.user}).groups.erase(act.group);
  state.iam.groups.edit({act.account, act.group}).users.erase(act.user);
  return {};
}

// --- inline policies ---

Result<void> run(State& state, const PutInlinePolicy& act) {
  if (!is_policy_name(act.name)) return invalid("not a policy's name");
  const Grants* const grants = find_grants(state, act.who);
  if (grants == nullptr) return not_found(act.who.kind);
  std::size_t size = policy_size(act.policy);
  for (const auto& [name, other] : grants->inlined) {
    if (name != act.name) size += policy_size(other->text);
  }
  if (size > inline_max(act.who.kind)) {
    return fail(Code::kLimit, "the inline policies together have at most " +
                                  std::to_string(inline_max(act.who.kind)) + " characters");
  }
  TRY(policy::Document document, policy::parse_policy(act.policy, policy::Attachment::kIdentity));
  edit_grants(state, act.who).inlined[act.name] =
      std::make_shared<const IdentityPolicy>(IdentityPolicy{act.policy, std::move(document)});
  return {};
}

Result<void> run(State& state, const DeleteInlinePolicy& act) {
  const Grants* const grants = find_grants(state, act.who);
  if (grants == nullptr) return not_found(act.who.kind);
  if (!grants->inlined.contains(act.name)) return fail(Code::kNotFound, "no such inline policy");
  edit_grants(state, act.who).inlined.erase(act.name);
  return {};
}

// --- managed policies ---

Result<void> run(State& state, const AttachPolicy& act) {
  const Grants* const grants = find_grants(state, act.who);
  if (grants == nullptr) return not_found(act.who.kind);
  TRY_VOID(check_policy(state, act.who.account, act.policy_arn));
  if (grants->attached.contains(act.policy_arn)) return {};
  if (grants->attached.size() >= kAttachedMax) {
    return fail(Code::kLimit, "at most 20 managed policies are attached");
  }
  edit_grants(state, act.who).attached.insert(act.policy_arn);
  count_use(state, act.who.account, act.policy_arn, &PolicyUse::attached, true);
  return {};
}

Result<void> run(State& state, const DetachPolicy& act) {
  const Grants* const grants = find_grants(state, act.who);
  if (grants == nullptr) return not_found(act.who.kind);
  if (!grants->attached.contains(act.policy_arn)) {
    return fail(Code::kNotFound, "the policy is not attached");
  }
  edit_grants(state, act.who).attached.erase(act.policy_arn);
  count_use(state, act.who.account, act.policy_arn, &PolicyUse::attached, false);
  return {};
}

Result<void> run(State& state, const SetBoundary& act) {
  const bool is_user = act.who.kind == IamKind::kUser;
  if (!is_user && act.who.kind != IamKind::kRole) return invalid("users and roles have boundaries");
  if (find_grants(state, act.who) == nullptr) return not_found(act.who.kind);
  TRY_VOID(check_boundary(state, act.who.account, act.policy_arn));
  const AccountName key(act.who.account, act.who.name);
  const std::string old = is_user ? state.users.at(key).boundary : state.iam.roles.at(key).boundary;
  if (act.policy_arn.empty() && old.empty()) return fail(Code::kNotFound, "it has no boundary");
  count_use(state, act.who.account, old, &PolicyUse::boundaries, false);
  count_use(state, act.who.account, act.policy_arn, &PolicyUse::boundaries, true);
  (is_user ? state.users.edit(key).boundary : state.iam.roles.edit(key).boundary) = act.policy_arn;
  return {};
}

Result<void> run(State& state, const CreatePolicyVersion& act) {
  const auto found = state.iam.policies.find({act.account, act.name});
  if (found == state.iam.policies.end()) return not_found(IamKind::kPolicy);
  if (found->second.versions.size() >= kPolicyVersionsMax) {
    return fail(Code::kLimit, "a policy has at most 5 versions: delete one first");
  }
  TRY(PolicyPtr read, read_managed_policy(act.document));
  ManagedPolicy& policy = state.iam.policies.edit({act.account, act.name});
  policy.versions.emplace(++policy.newest_version, PolicyVersion{std::move(read), act.created});
  if (act.as_default) policy.default_version = policy.newest_version;
  policy.updated = act.created;
  return {};
}

Result<void> run(State& state, const DeletePolicyVersion& act) {
  TRY_VOID(check_version(state, act.account, act.name, act.version));
  if (state.iam.policies.at({act.account, act.name}).default_version == act.version) {
    return fail(Code::kPrecondition, "the default version cannot go: make another one the default");
  }
  state.iam.policies.edit({act.account, act.name}).versions.erase(act.version);
  return {};
}

Result<void> run(State& state, const SetDefaultPolicyVersion& act) {
  TRY_VOID(check_version(state, act.account, act.name, act.version));
  state.iam.policies.edit({act.account, act.name}).default_version = act.version;
  return {};
}

// --- tags ---

Result<void> run(State& state, const PutTags& act) {
  const Tags* const old = find_tags(state, act.what);
  if (old == nullptr && act.what.kind == IamKind::kGroup) return invalid("groups have no tags");
  if (old == nullptr) return not_found(act.what.kind);
  TRY(Tags tags, merged(*old, act.tags));
  edit_tags(state, act.what) = std::move(tags);
  return {};
}

Result<void> run(State& state, const DeleteTags& act) {
  if (find_tags(state, act.what) == nullptr) return not_found(act.what.kind);
  if (act.keys.size() > kTagsMax) return fail(Code::kLimit, "at most 50 keys of tags");
  if (!std::ranges::all_of(act.keys, is_tag_key)) return invalid("not a tag's key");
  Tags& tags = edit_tags(state, act.what);
  for (const std::string& key : act.keys) erase_key(tags, key);
  return {};
}

}  // namespace muzn::control
