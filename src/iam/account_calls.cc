// The account: its alias, its counts, and all that it has.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "control/names.h"
#include "iam/lists.h"
#include "iam/policies.h"
#include "iam/shapes.h"

namespace muzn::iam {
namespace {

// --- alias ---

std::string alias_of(const Context& context) {
  const auto found = context.state->iam.aliases.find(context.account());
  return found == context.state->iam.aliases.end() ? std::string() : found->second;
}

// An account has one alias: another one takes its place, as on AWS.
Task<Outcome> create_alias(Context context) {
  CO_TRY(const std::string alias, required(context.form, "AccountAlias"));
  if (!control::is_alias(alias)) {
    co_return invalid_value(
        "1 validation error detected: Value at 'accountAlias' failed to satisfy constraint: Member "
        "must satisfy regular expression pattern: ^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$");
  }
  const std::string owner = context.state->account_of_alias(alias);
  if (owner == context.account()) co_return Outcome{};
  if (!owner.empty()) {
    co_return refuse("EntityAlreadyExists", "The account alias " + alias + " already exists.");
  }
  co_return co_await propose(context, control::SetAccountAlias{context.account(), alias});
}

Task<Outcome> delete_alias(Context context) {
  CO_TRY(const std::string alias, required(context.form, "AccountAlias"));
  if (alias_of(context) != alias) {
    co_return no_such("The account alias with name " + alias.substr(0, 64) + " cannot be found.");
  }
  co_return co_await propose(context, control::SetAccountAlias{context.account(), ""});
}

Task<Outcome> list_aliases(Context context) {
  const std::string alias = alias_of(context);
  context.out.open("AccountAliases");
  if (!alias.empty()) context.out.element("member", alias);
  context.out.close();
  context.out.element("IsTruncated", false);
  co_return Outcome{};
}

// --- summary ---

// What AWS has a quota of and this server has not.
constexpr std::size_t kUnbounded = 1'000'000'000;

template <class Map>
std::size_t count_of(const Map& map, const std::string& account) {
  std::size_t out = 0;
  for (auto at = map.lower_bound(control::AccountName(account, ""));
       at != map.end() && at->first.first == account; ++at) {
    ++out;
  }
  return out;
}

Task<Outcome> get_summary(Context context) {
  const control::State& state = *context.state;
  const std::string& account = context.account();
  std::size_t versions = 0;
  for (const auto& [key, policy] : things_of(state.iam.policies, account)) {
    versions += policy->versions.size();
  }
  const bool root_has_keys = !state.keys_of(account, "").empty();
  const auto entries = std::to_array<std::pair<std::string_view, std::size_t>>({
      {"AccessKeysPerUserQuota", 2},
      {"AccountAccessKeysPresent", root_has_keys ? 1 : 0},
      {"AccountMFAEnabled", 0},
      {"AttachedPoliciesPerGroupQuota", control::kAttachedMax},
      {"AttachedPoliciesPerRoleQuota", control::kAttachedMax},
      {"AttachedPoliciesPerUserQuota", control::kAttachedMax},
      {"GroupPolicySizeQuota", control::kGroupPoliciesMax},
      {"Groups", count_of(state.iam.groups, account)},
      {"GroupsQuota", kUnbounded},
      {"GroupsPerUserQuota", control::kGroupsOfUserMax},
      {"MFADevices", 0},
      {"MFADevicesInUse", 0},
      {"Policies", count_of(state.iam.policies, account)},
      {"PoliciesQuota", kUnbounded},
      {"PolicySizeQuota", control::kManagedPolicyMax},
      {"PolicyVersionsInUse", versions},
      {"Providers", count_of(state.iam.providers, account)},
      {"RolePolicySizeQuota", control::kRolePoliciesMax},
      {"Roles", count_of(state.iam.roles, account)},
      {"RolesQuota", kUnbounded},
      {"UserPolicySizeQuota", control::kUserPoliciesMax},
      {"Users", count_of(state.users, account)},
      {"UsersQuota", kUnbounded},
      {"VersionsPerPolicyQuota", control::kPolicyVersionsMax},
  });
  context.out.open("SummaryMap");
  for (const auto& [key, value] : entries) {
    context.out.open("entry").element("key", key).element("value", value).close();
  }
  context.out.close();
  co_return Outcome{};
}

// --- all that there is ---

void write_inline(codec::XmlWriter& out, std::string_view element, const control::Grants& grants) {
  out.open(element);
  for (const auto& [name, policy] : grants.inlined) {
    out.open("member").element("PolicyName", name);
    write_document(out, "PolicyDocument", policy->text);
    out.close();
  }
  out.close();
}

void write_detail(codec::XmlWriter& out, const control::User& user) {
  write_user_members(out, user);
  write_inline(out, "UserPolicyList", user.grants);
  out.open("GroupList");
  for (const auto& [key, name] : sorted_names(user.groups)) out.element("member", name);
  out.close();
  write_attached_list(out, user.grants);
  write_boundary(out, user.boundary);
  write_tags(out, user.tags);
}

void write_detail(codec::XmlWriter& out, const control::Group& group) {
  write_group_members(out, group);
  write_inline(out, "GroupPolicyList", group.grants);
  write_attached_list(out, group.grants);
}

void write_detail(codec::XmlWriter& out, const control::Role& role) {
  write_role_members(out, role);
  out.open("InstanceProfileList").close();
  write_inline(out, "RolePolicyList", role.grants);
  write_attached_list(out, role.grants);
  write_boundary(out, role.boundary);
  write_tags(out, role.tags);
}

void write_version(codec::XmlWriter& out, const PolicyView& policy, std::uint32_t number,
                   Time created, std::string_view text) {
  out.open("member");
  write_document(out, "Document", text);
  out.element("VersionId", version_id(number));
  out.element("IsDefaultVersion", number == policy.default_version);
  out.element("CreateDate", iso8601(created));
  out.close();
}

void write_detail(codec::XmlWriter& out, const PolicyView& policy) {
  write_policy_members(out, policy);
  if (!policy.description.empty()) out.element("Description", policy.description);
  out.open("PolicyVersionList");
  if (policy.own == nullptr) {
    write_version(out, policy, 1, policy.created, policy.from_aws->text);
  } else {
    for (const auto& [number, version] : policy.own->versions) {
      write_version(out, policy, number, version.created, version.policy->text);
    }
  }
  out.close();
}

// One list of the answer, and its part of the page: each has a letter of its own before its keys.
class Details {
 public:
  Details(const Context& context, Page& page, const std::vector<std::string>& filter)
      : context_(context), page_(page), filter_(filter) {}

  template <class Map>
  void write(const char* element, const char* kind, const Map& map) {
    context_.out.open(element);
    if (is_wanted(kind)) {
      for (const auto& [key, thing] : things_of(map, context_.account())) take(kind, key, *thing);
    }
    context_.out.close();
  }

  void write_policies() {
    context_.out.open("Policies");
    const bool all = filter_.empty();
    if (is_wanted("LocalManagedPolicy")) {
      for (const auto& [key, own] : things_of(context_.state->iam.policies, context_.account())) {
        take("PolicyOfAccount", key, view_of(context_, *own));
      }
    }
    for (const policy::Managed& managed : policy::managed_policies()) {
      const PolicyView view = view_of(context_, managed);
      // Without a filter only those that are in use, as on AWS.
      const bool used = view.use.attached > 0 || view.use.boundaries > 0;
      if (is_wanted("AWSManagedPolicy") && (used || !all)) {
        take("PolicyOfAws", std::string(managed.name), view);
      }
    }
    context_.out.close();
  }

 private:
  bool is_wanted(std::string_view kind) const {
    return filter_.empty() || std::ranges::find(filter_, kind) != filter_.end();
  }

  template <class Thing>
  void take(const std::string& kind, const std::string& key, const Thing& thing) {
    if (!page_.take(kind + "/" + key)) return;
    context_.out.open("member");
    write_detail(context_.out, thing);
    context_.out.close();
  }

  const Context& context_;
  Page& page_;
  const std::vector<std::string>& filter_;
};

Task<Outcome> get_details(Context context) {
  CO_TRY(const std::vector<std::string> filter, list_of(context.form, "Filter"));
  CO_TRY(Page page, Page::of(context.form));
  Details details(context, page, filter);
  // In the order of their first letters, which pages go by.
  details.write("GroupDetailList", "Group", context.state->iam.groups);
  details.write_policies();
  details.write("RoleDetailList", "Role", context.state->iam.roles);
  details.write("UserDetailList", "User", context.state->users);
  page.finish(context.out);
  co_return Outcome{};
}

constexpr std::array kCalls = std::to_array<CallInfo>({
    {"CreateAccountAlias", create_alias, nullptr, false},
    {"DeleteAccountAlias", delete_alias, nullptr, false},
    {"GetAccountAuthorizationDetails", get_details},
    {"GetAccountSummary", get_summary},
    {"ListAccountAliases", list_aliases},
});

}  // namespace

std::span<const CallInfo> account_calls() {
  return kCalls;
}

}  // namespace muzn::iam
