// The questions to a state about identities.
#include <algorithm>
#include <optional>

#include "control/names.h"
#include "control/state.h"
#include "policy/managed.h"

namespace muzn::control {
namespace {

constexpr std::string_view kIamArn = "arn:aws:iam::";
constexpr std::string_view kStsArn = "arn:aws:sts::";
constexpr std::string_view kRootPart = ":root";

struct ArnParts {
  std::string account;
  std::string path;  // "/" at both ends
  std::string name;
};

// Of "<prefix><account>:<type>/<path><name>"; names have no slash.
std::optional<ArnParts> parts(std::string_view arn, std::string_view prefix,
                              std::string_view type) {
  if (!arn.starts_with(prefix)) return std::nullopt;
  arn.remove_prefix(prefix.size());
  const std::size_t colon = arn.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view account = arn.substr(0, colon);
  arn.remove_prefix(colon + 1);
  if (!arn.starts_with(type) || !arn.substr(type.size()).starts_with('/')) return std::nullopt;
  arn.remove_prefix(type.size());
  const std::size_t slash = arn.rfind('/');
  return ArnParts{.account = std::string(account),
                  .path = std::string(arn.substr(0, slash + 1)),
                  .name = std::string(arn.substr(slash + 1))};
}

template <class Thing>
const Thing* find(const SharedMap<AccountName, Thing>& things, const std::string& account,
                  const std::string& name) {
  const auto found = things.find({account, name});
  return found == things.end() ? nullptr : &found->second;
}

template <class Thing>
const Thing* of_arn(const SharedMap<AccountName, Thing>& things, std::string_view arn,
                    std::string_view type) {
  const auto at = parts(arn, kIamArn, type);
  if (!at) return nullptr;
  const Thing* const found = find(things, at->account, at->name);
  return found != nullptr && found->path == at->path ? found : nullptr;
}

std::string value_or_nothing(const SharedMap<std::string, std::string>& map, std::string_view key) {
  const auto found = map.find(key);
  return found == map.end() ? std::string() : found->second;
}

}  // namespace

const User* State::user(const std::string& account_id, const std::string& name) const {
  return find(users, account_id, name);
}
const Group* State::group(const std::string& account_id, const std::string& name) const {
  return find(iam.groups, account_id, name);
}
const Role* State::role(const std::string& account_id, const std::string& name) const {
  return find(iam.roles, account_id, name);
}
const Provider* State::provider(const std::string& account_id, const std::string& url) const {
  return find(iam.providers, account_id, url);
}

const User* State::user_of_arn(std::string_view arn) const {
  return of_arn(users, arn, "user");
}
const Role* State::role_of_arn(std::string_view arn) const {
  return of_arn(iam.roles, arn, "role");
}
const ManagedPolicy* State::policy_of_arn(std::string_view arn) const {
  return of_arn(iam.policies, arn, "policy");
}

const Role* State::role_of_session_arn(std::string_view arn) const {
  const auto at = parts(arn, kStsArn, "assumed-role");
  // The path is "/<role>/".
  if (!at || at->path.size() < 3 || at->name.empty()) return nullptr;
  return role(at->account, at->path.substr(1, at->path.size() - 2));
}

const Provider* State::provider_of_arn(std::string_view arn) const {
  const auto at = parts(arn, kIamArn, "oidc-provider");
  return at ? provider(at->account, at->path.substr(1) + at->name) : nullptr;
}

const policy::Document* State::managed_policy(std::string_view arn) const {
  if (const ManagedPolicy* const policy = policy_of_arn(arn)) {
    const auto version = policy->versions.find(policy->default_version);
    CHECK(version != policy->versions.end());
    return &version->second.policy->document;
  }
  const policy::Managed* const aws = policy::find_managed(arn);
  return aws == nullptr ? nullptr : aws->document;
}

const Account* State::account_of_root_arn(std::string_view arn) const {
  if (!arn.starts_with(kIamArn) || !arn.ends_with(kRootPart)) return nullptr;
  arn.remove_prefix(kIamArn.size());
  return account(arn.substr(0, arn.size() - std::min(arn.size(), kRootPart.size())));
}

const IamRef* State::thing_of_id(std::string_view id) const {
  const auto found = index.ids.find(id);
  return found == index.ids.end() ? nullptr : &found->second;
}

std::string State::account_of_alias(std::string_view alias) const {
  return value_or_nothing(index.aliases, alias);
}
std::string State::account_of_canonical_id(std::string_view canonical_id) const {
  return value_or_nothing(index.canonical_ids, canonical_id);
}

std::string State::account_of_email(std::string_view email) const {
  return value_or_nothing(index.emails, fold_case(email));
}

std::string id_of_arn(const State& state, std::string_view arn) {
  if (const User* const user = state.user_of_arn(arn)) return user->id;
  if (const Role* const role = state.role_of_arn(arn)) return role->id;
  const Role* const of_session = state.role_of_session_arn(arn);
  if (of_session == nullptr) return "";
  return of_session->id + ":" + std::string(arn.substr(arn.rfind('/') + 1));
}

std::vector<const AccessKey*> State::keys_of(const std::string& account_id,
                                             const std::string& user) const {
  std::vector<const AccessKey*> out;
  for (auto at = index.keys.lower_bound({account_id, user, ""}); at != index.keys.end(); ++at) {
    const auto& [owner, name, access_key] = *at;
    if (owner != account_id || name != user) break;
    out.push_back(key(access_key));
  }
  return out;
}

std::vector<const AccessKey*> State::keys_of(const std::string& account_id) const {
  std::vector<const AccessKey*> out;
  for (auto at = index.keys.lower_bound({account_id, "", ""});
       at != index.keys.end() && std::get<0>(*at) == account_id; ++at) {
    out.push_back(key(std::get<2>(*at)));
  }
  std::ranges::sort(out, {}, &AccessKey::access_key);
  return out;
}

PolicyUse State::policy_use(const std::string& account_id, const std::string& policy_arn) const {
  const auto found = index.policy_uses.find({account_id, policy_arn});
  return found == index.policy_uses.end() ? PolicyUse{} : found->second;
}

}  // namespace muzn::control
