// Making, renaming and deleting identities, policies and providers.
#include <algorithm>
#include <vector>

#include "control/iam_apply.h"
#include "control/names.h"

namespace muzn::control {
namespace {

std::unexpected<Error> invalid(std::string what) {
  return fail(Code::kInvalid, std::move(what));
}
std::unexpected<Error> not_found(IamKind kind) {
  return fail(Code::kNotFound, "no such " + std::string(kind_word(kind)));
}
std::unexpected<Error> precondition(std::string what) {
  return fail(Code::kPrecondition, std::move(what));
}

// --- names and ids ---

Result<void> check_name(IamKind kind, std::string_view name) {
  if (is_iam_name(kind, name)) return {};
  if (kind == IamKind::kProvider) return invalid("not a provider's URL");
  return invalid("a " + std::string(kind_word(kind)) +
                 " name is 1 to 64 (of groups and policies: 128) of letters, digits and _+=,.@- "
                 "(and no dot segment)");
}

bool is_name_taken(const State& state, const IamRef& what) {
  return state.index.names.contains({what.account, what.kind, fold_case(what.name)});
}

Result<void> check_new(const State& state, const IamRef& what) {
  TRY_VOID(check_name(what.kind, what.name));
  if (state.account(what.account) == nullptr) return fail(Code::kNotFound, "no such account");
  if (is_name_taken(state, what)) {
    return fail(Code::kExists, "a " + std::string(kind_word(what.kind)) + " of this name exists");
  }
  return {};
}

// `Thing`: with a unique id.
template <class Thing>
Result<void> check_new(const State& state, IamKind kind, const Thing& thing) {
  if (!is_unique_id(kind, thing.id)) {
    return invalid("a " + std::string(kind_word(kind)) + " id is its prefix and 17 of A-Z 2-7");
  }
  if (!is_path(thing.path)) return invalid("a path begins and ends with a slash");
  TRY_VOID(check_new(state, {thing.account, kind, thing.name}));
  if (state.index.ids.contains(thing.id) || state.retired_ids.contains(thing.id)) {
    return fail(Code::kExists, "the id was used before");
  }
  return {};
}

void enter(State& state, const IamRef& what, const std::string& id) {
  state.index.names.insert({what.account, what.kind, fold_case(what.name)});
  if (!id.empty()) state.index.ids.insert_or_assign(id, what);
}
void leave(State& state, const IamRef& what, const std::string& id) {
  state.index.names.erase({what.account, what.kind, fold_case(what.name)});
  if (id.empty()) return;
  state.index.ids.erase(id);
  state.retired_ids.insert(id);
}

Result<PolicyPtr> read_trust(const State& state, const std::string& text) {
  if (policy_size(text) > kTrustPolicyMax) {
    return fail(Code::kLimit, "a trust policy has at most 4096 characters");
  }
  TRY(policy::Document document, policy::parse_policy(text, policy::Attachment::kTrust));
  policy::tie_principals(document, directory_of(state));
  return std::make_shared<const IdentityPolicy>(IdentityPolicy{text, std::move(document)});
}

Result<void> check_role(std::string_view description, std::uint32_t session_seconds_max) {
  if (!is_description(description)) return invalid("a description has at most 1000 characters");
  if (session_seconds_max < kRoleSessionSecondsMin ||
      session_seconds_max > kRoleSessionSecondsMax) {
    return invalid("sessions of a role last at most 3600 to 43200 seconds");
  }
  return {};
}

// --- deleting ---

Result<void> check_no_policies(const Grants& grants) {
  if (!grants.attached.empty()) return precondition("policies are attached: detach them first");
  if (!grants.inlined.empty()) return precondition("it has inline policies: delete them first");
  return {};
}

void drop(State& state, const Group& group) {
  leave(state, {group.account, IamKind::kGroup, group.name}, group.id);
  state.iam.groups.erase({group.account, group.name});
}
void drop(State& state, const Role& role) {
  count_use(state, role.account, role.boundary, &PolicyUse::boundaries, false);
  leave(state, {role.account, IamKind::kRole, role.name}, role.id);
  state.iam.roles.erase({role.account, role.name});
}
void drop(State& state, const ManagedPolicy& policy) {
  leave(state, {policy.account, IamKind::kPolicy, policy.name}, policy.id);
  state.iam.policies.erase({policy.account, policy.name});
}
void drop(State& state, const Provider& provider) {
  leave(state, {provider.account, IamKind::kProvider, provider.url}, "");
  state.iam.providers.erase({provider.account, provider.url});
}

Result<void> may_go(const State& /*state*/, const Group& group) {
  if (!group.users.empty()) return precondition("the group has users: remove them first");
  return check_no_policies(group.grants);
}
Result<void> may_go(const State& /*state*/, const Role& role) {
  return check_no_policies(role.grants);
}
Result<void> may_go(const State& state, const ManagedPolicy& policy) {
  if (state.policy_use(policy.account, arn_of(policy)) != PolicyUse{}) {
    return precondition("the policy is in use: detach it first");
  }
  if (policy.versions.size() > 1) {
    return precondition("the policy has versions besides its default: delete them first");
  }
  return {};
}
Result<void> may_go(const State& /*state*/, const Provider& /*provider*/) {
  return {};
}

template <class Thing>
Result<void> erase(State& state, const SharedMap<AccountName, Thing>& things, const IamRef& what) {
  const auto found = things.find({what.account, what.name});
  if (found == things.end()) return not_found(what.kind);
  const Thing gone = found->second;
  TRY_VOID(may_go(state, gone));
  drop(state, gone);
  return {};
}

template <class Thing>
std::vector<Thing> all_of(const SharedMap<AccountName, Thing>& things, const std::string& account) {
  std::vector<Thing> out;
  for (auto at = things.lower_bound({account, ""});
       at != things.end() && at->first.first == account; ++at) {
    out.push_back(at->second);
  }
  return out;
}

// --- renaming ---

Result<void> check_rename(const State& state, const RenameIam& act) {
  TRY_VOID(check_name(act.what.kind, act.name));
  if (!is_path(act.path)) return invalid("a path begins and ends with a slash");
  const bool is_same = fold_case(act.name) == fold_case(act.what.name);
  if (!is_same && is_name_taken(state, {act.what.account, act.what.kind, act.name})) {
    return fail(Code::kExists, "another one has this name");
  }
  return {};
}

void enter_again(State& state, const RenameIam& act, const std::string& id) {
  const auto& [account, kind, name] = act.what;
  state.index.names.erase({account, kind, fold_case(name)});
  enter(state, {account, kind, act.name}, id);
}

Result<void> rename_user(State& state, const RenameIam& act) {
  const User* const found = state.user(act.what.account, act.what.name);
  if (found == nullptr) return not_found(act.what.kind);
  TRY_VOID(check_rename(state, act));
  User user = *found;
  std::vector<std::string> keys;
  for (const AccessKey* key : state.keys_of(user.account, user.name)) {
    keys.push_back(key->access_key);
  }
  for (const std::string& key : keys) {
    state.keys.edit(key).user = act.name;
    state.index.keys.erase({user.account, user.name, key});
    state.index.keys.insert({user.account, act.name, key});
  }
  for (const std::string& name : user.groups) {
    Group& group = state.iam.groups.edit({user.account, name});
    group.users.erase(user.name);
    group.users.insert(act.name);
  }
  state.users.erase({user.account, user.name});
  user.name = act.name;
  user.path = act.path;
  enter_again(state, act, user.id);
  state.users.emplace({user.account, user.name}, user);
  return {};
}

Result<void> rename_group(State& state, const RenameIam& act) {
  const Group* const found = state.group(act.what.account, act.what.name);
  if (found == nullptr) return not_found(act.what.kind);
  TRY_VOID(check_rename(state, act));
  Group group = *found;
  for (const std::string& name : group.users) {
    User& user = state.users.edit({group.account, name});
    user.groups.erase(group.name);
    user.groups.insert(act.name);
  }
  state.iam.groups.erase({group.account, group.name});
  group.name = act.name;
  group.path = act.path;
  enter_again(state, act, group.id);
  state.iam.groups.emplace({group.account, group.name}, group);
  return {};
}

}  // namespace

// Acts carry no grants: what a new thing holds comes by acts of its own.
Result<void> run(State& state, const CreateUser& act) {
  User user = act.user;
  TRY_VOID(check_new(state, IamKind::kUser, user));
  if (user.grants != Grants{} || !user.groups.empty()) return invalid("a new user holds nothing");
  TRY(user.tags, merged({}, user.tags));
  TRY_VOID(check_boundary(state, user.account, user.boundary));
  count_use(state, user.account, user.boundary, &PolicyUse::boundaries, true);
  enter(state, {user.account, IamKind::kUser, user.name}, user.id);
  state.users.emplace({user.account, user.name}, std::move(user));
  return {};
}

Result<void> run(State& state, const DeleteUser& act) {
  const User* const found = state.user(act.account, act.name);
  if (found == nullptr) return not_found(IamKind::kUser);
  if (!state.keys_of(act.account, act.name).empty()) {
    return precondition("the user still has keys: delete them first");
  }
  TRY_VOID(check_no_policies(found->grants));
  if (!found->groups.empty()) return precondition("the user is in groups: remove it first");
  const User user = *found;
  count_use(state, user.account, user.boundary, &PolicyUse::boundaries, false);
  leave(state, {user.account, IamKind::kUser, user.name}, user.id);
  state.users.erase({user.account, user.name});
  return {};
}

Result<void> run(State& state, const CreateGroup& act) {
  const Group& group = act.group;
  TRY_VOID(check_new(state, IamKind::kGroup, group));
  if (group.grants != Grants{} || !group.users.empty()) return invalid("a new group has nothing");
  enter(state, {group.account, IamKind::kGroup, group.name}, group.id);
  state.iam.groups.emplace({group.account, group.name}, group);
  return {};
}

Result<void> run(State& state, const CreateRole& act) {
  Role role = act.role;
  TRY_VOID(check_new(state, IamKind::kRole, role));
  TRY_VOID(check_role(role.description, role.session_seconds_max));
  if (role.grants != Grants{} || role.trust) return invalid("a new role holds nothing");
  TRY(role.tags, merged({}, role.tags));
  TRY_VOID(check_boundary(state, role.account, role.boundary));
  TRY(role.trust, read_trust(state, act.trust));
  count_use(state, role.account, role.boundary, &PolicyUse::boundaries, true);
  enter(state, {role.account, IamKind::kRole, role.name}, role.id);
  state.iam.roles.emplace({role.account, role.name}, std::move(role));
  return {};
}

Result<void> run(State& state, const UpdateRole& act) {
  if (state.role(act.account, act.name) == nullptr) return not_found(IamKind::kRole);
  TRY_VOID(check_role(act.description, act.session_seconds_max));
  Role& role = state.iam.roles.edit({act.account, act.name});
  role.description = act.description;
  role.session_seconds_max = act.session_seconds_max;
  return {};
}

Result<void> run(State& state, const PutTrustPolicy& act) {
  if (state.role(act.account, act.role) == nullptr) return not_found(IamKind::kRole);
  TRY(PolicyPtr trust, read_trust(state, act.policy));
  state.iam.roles.edit({act.account, act.role}).trust = std::move(trust);
  return {};
}

Result<void> run(State& state, const CreatePolicy& act) {
  ManagedPolicy policy = act.policy;
  TRY_VOID(check_new(state, IamKind::kPolicy, policy));
  if (!is_description(policy.description)) {
    return invalid("a description has at most 1000 characters");
  }
  if (!policy.versions.empty() || policy.default_version != 1 || policy.newest_version != 1) {
    return invalid("a new policy has no versions besides its first");
  }
  TRY(policy.tags, merged({}, policy.tags));
  TRY(PolicyPtr first, read_managed_policy(act.document));
  policy.updated = policy.created;
  policy.versions.emplace(1, PolicyVersion{std::move(first), policy.created});
  enter(state, {policy.account, IamKind::kPolicy, policy.name}, policy.id);
  state.iam.policies.emplace({policy.account, policy.name}, std::move(policy));
  return {};
}

Result<void> run(State& state, const PutProvider& act) {
  Provider provider = act.provider;
  if (provider.client_ids.size() > kClientIdsMax || provider.thumbprints.size() > kThumbprintsMax) {
    return fail(Code::kLimit, "a provider has at most 100 client ids and 5 thumbprints");
  }
  if (!std::ranges::all_of(provider.client_ids, is_client_id)) return invalid("not a client id");
  if (!std::ranges::all_of(provider.thumbprints, is_thumbprint)) return invalid("not a thumbprint");
  const Provider* const found = state.provider(provider.account, provider.url);
  if (found != nullptr && found->created == provider.created) {
    provider.tags = found->tags;  // they have acts of their own
    state.iam.providers.insert_or_assign({provider.account, provider.url}, std::move(provider));
    return {};
  }
  TRY_VOID(check_new(state, {provider.account, IamKind::kProvider, provider.url}));
  TRY(provider.tags, merged({}, provider.tags));
  if (all_of(state.iam.providers, provider.account).size() >= kProvidersMax) {
    return fail(Code::kLimit, "an account has at most 100 identity providers");
  }
  enter(state, {provider.account, IamKind::kProvider, provider.url}, "");
  state.iam.providers.emplace({provider.account, provider.url}, std::move(provider));
  return {};
}

Result<void> run(State& state, const DeleteIam& act) {
  switch (act.what.kind) {
    case IamKind::kUser:
      return invalid("a user has an act of its own");
    case IamKind::kGroup:
      return erase(state, state.iam.groups, act.what);
    case IamKind::kRole:
      return erase(state, state.iam.roles, act.what);
    case IamKind::kPolicy:
      return erase(state, state.iam.policies, act.what);
    case IamKind::kProvider:
      return erase(state, state.iam.providers, act.what);
  }
  return invalid("of what kind?");
}

Result<void> run(State& state, const RenameIam& act) {
  if (act.what.kind == IamKind::kUser) return rename_user(state, act);
  if (act.what.kind == IamKind::kGroup) return rename_group(state, act);
  return invalid("only users and groups get other names");
}

Result<void> run(State& state, const SetAccountAlias& act) {
  if (state.account(act.account) == nullptr) return fail(Code::kNotFound, "no such account");
  const auto before = state.iam.aliases.find(act.account);
  const std::string old = before == state.iam.aliases.end() ? std::string() : before->second;
  if (act.alias.empty()) {
    if (old.empty()) return fail(Code::kNotFound, "the account has no alias");
    state.iam.aliases.erase(act.account);
    state.index.aliases.erase(old);
    return {};
  }
  if (!is_alias(act.alias)) {
    return invalid("an alias is 3 to 63 of a-z 0-9 and single hyphens inside, and no 12 digits");
  }
  const std::string owner = state.account_of_alias(act.alias);
  if (!owner.empty() && owner != act.account) return fail(Code::kExists, "the alias is in use");
  state.index.aliases.erase(old);
  state.index.aliases.insert_or_assign(act.alias, act.account);
  state.iam.aliases.insert_or_assign(act.account, act.alias);
  return {};
}

void forget_things_of(State& state, const std::string& account) {
  const auto forget_grants = [&](const Grants& grants) {
    for (const std::string& arn : grants.attached) {
      count_use(state, account, arn, &PolicyUse::attached, false);
    }
  };
  for (const Group& group : all_of(state.iam.groups, account)) {
    forget_grants(group.grants);
    drop(state, group);
  }
  for (const Role& role : all_of(state.iam.roles, account)) {
    forget_grants(role.grants);
    drop(state, role);
  }
  for (const ManagedPolicy& policy : all_of(state.iam.policies, account)) drop(state, policy);
  for (const Provider& provider : all_of(state.iam.providers, account)) drop(state, provider);
  const auto alias = state.iam.aliases.find(account);
  if (alias == state.iam.aliases.end()) return;
  state.index.aliases.erase(alias->second);
  state.iam.aliases.erase(account);
}

}  // namespace muzn::control
