// Managed policies and their versions.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "control/names.h"
#include "iam/lists.h"
#include "iam/policies.h"
#include "iam/shapes.h"

namespace muzn::iam {
namespace {

using control::IamKind;

void write_policy(const Context& context, const PolicyView& policy) {
  context.out.open("Policy");
  write_policy_members(context.out, policy);
  if (!policy.description.empty()) context.out.element("Description", policy.description);
  if (policy.own != nullptr) write_tags(context.out, policy.own->tags);
  context.out.close();
}

Task<Outcome> create_policy(Context context) {
  CO_TRY(const std::string name, name_of(context.form, "PolicyName", kOtherNameBytesMax));
  CO_TRY(const std::string path, path_of(context.form));
  CO_TRY(const control::Tags tags, tags_of(context.form));
  CO_TRY(const std::string text, document_of(context.form, policy::Attachment::kIdentity));
  CO_TRY(const std::string description, description_of(context.form));
  if (is_taken(context, IamKind::kPolicy, name)) {
    co_return refuse(
        "EntityAlreadyExists",
        "A policy called " + name + " already exists. Duplicate names are not allowed.");
  }
  control::ManagedPolicy policy = context.parts.controller.new_policy(context.account(), name);
  policy.path = path;
  policy.tags = tags;
  policy.description = description;
  policy.updated = policy.created;
  CO_TRY_VOID(co_await propose(context, control::CreatePolicy{policy, text}));
  write_policy(context, view_of(context, policy));
  co_return Outcome{};
}

Task<Outcome> get_policy(Context context) {
  CO_TRY(const PolicyView policy, find_policy(context));
  write_policy(context, policy);
  co_return Outcome{};
}

// --- listing ---

struct Wanted {
  std::string scope;
  std::string prefix;
  std::string usage;
  bool attached = false;
};

Read<Wanted> wanted_of(const Form& form) {
  Wanted out;
  TRY(out.scope, choice_of(form, "Scope", {"All", "AWS", "Local"}));
  TRY(out.prefix, path_prefix_of(form));
  TRY(out.usage,
      choice_of(form, "PolicyUsageFilter", {"", "PermissionsPolicy", "PermissionsBoundary"}));
  TRY(out.attached, flag_of(form, "OnlyAttached", false));
  return out;
}

bool is_wanted(const PolicyView& policy, const Wanted& wanted) {
  const bool used = policy.use.attached > 0;
  const bool bounds = policy.use.boundaries > 0;
  if (!policy.path.starts_with(wanted.prefix)) return false;
  if (wanted.usage == "PermissionsPolicy" && !used) return false;
  if (wanted.usage == "PermissionsBoundary" && !bounds) return false;
  return !wanted.attached || used || bounds;
}

Task<Outcome> list_policies(Context context) {
  CO_TRY(const Wanted wanted, wanted_of(context.form));
  CO_TRY(Page page, Page::of(context.form));
  const auto show = [&](const std::string& key, const PolicyView& policy) {
    if (!is_wanted(policy, wanted) || !page.take(key)) return;
    context.out.open("member");
    write_policy_members(context.out, policy);
    context.out.close();
  };
  context.out.open("Policies");
  // The account's own come first.
  if (wanted.scope != "AWS") {
    for (const auto& [key, own] : things_of(context.state->iam.policies, context.account())) {
      show("1/" + key, view_of(context, *own));
    }
  }
  if (wanted.scope != "Local") {
    for (const policy::Managed& managed : policy::managed_policies()) {
      show("2/" + std::string(managed.name), view_of(context, managed));
    }
  }
  context.out.close();
  page.finish(context.out);
  co_return Outcome{};
}

Task<Outcome> delete_policy(Context context) {
  CO_TRY(const control::ManagedPolicy* policy, find_own_policy(context));
  const control::PolicyUse use = context.state->policy_use(policy->account, arn_of(*policy));
  if (use.attached > 0 || use.boundaries > 0) {
    co_return refuse("DeleteConflict", "Cannot delete a policy attached to entities.");
  }
  if (policy->versions.size() > 1) {
    co_return refuse("DeleteConflict",
                     "This policy has more than one version. Before you delete a policy, you must "
                     "delete the policy's versions. The default version is deleted with the "
                     "policy.");
  }
  co_return co_await propose(context,
                             control::DeleteIam{{policy->account, IamKind::kPolicy, policy->name}});
}

// --- versions ---

// Of the one that VersionId names.
Read<std::uint32_t> version_of(const Context& context, const PolicyView& policy) {
  TRY(const std::string text, required(context.form, "VersionId"));
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), number);
  if (!text.starts_with('v') || error != std::errc() || end != text.data() + text.size()) {
    return invalid_value(
        "1 validation error detected: Value at 'versionId' failed to satisfy constraint: Member "
        "must satisfy regular expression pattern: v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?");
  }
  const bool there = policy.own == nullptr ? number == 1 : policy.own->versions.contains(number);
  if (!there) {
    return no_such(
        fmt::format("Policy {} version {} does not exist or is not attachable.", policy.arn, text));
  }
  return number;
}

void write_version(codec::XmlWriter& out, std::string_view element, const PolicyView& policy,
                   std::uint32_t version, Time created, std::string_view text) {
  out.open(element);
  if (!text.empty()) write_document(out, "Document", text);
  out.element("VersionId", version_id(version));
  out.element("IsDefaultVersion", version == policy.default_version);
  out.element("CreateDate", iso8601(created));
  out.close();
}

Task<Outcome> create_policy_version(Context context) {
  CO_TRY(const control::ManagedPolicy* policy, find_own_policy(context));
  CO_TRY(const std::string text, document_of(context.form, policy::Attachment::kIdentity));
  CO_TRY(const bool as_default, flag_of(context.form, "SetAsDefault", false));
  if (policy->versions.size() >= control::kPolicyVersionsMax) {
    co_return refuse("LimitExceeded",
                     "A managed policy can have up to 5 versions. Before you create a new version, "
                     "you must delete an existing version.");
  }
  const Time now = context.parts.clock.now();
  CO_TRY_VOID(co_await propose(
      context, control::CreatePolicyVersion{policy->account, policy->name, text, as_default, now}));
  // As the act numbered it.
  const control::Snapshot after = context.parts.controller.state();
  const control::ManagedPolicy* const changed = after->policy_of_arn(arn_of(*policy));
  if (changed == nullptr) co_return no_such("The policy has just been deleted.");
  context.out.open("PolicyVersion");
  context.out.element("VersionId", version_id(changed->newest_version));
  context.out.element("IsDefaultVersion", as_default);
  context.out.element("CreateDate", iso8601(now));
  context.out.close();
  co_return Outcome{};
}

Task<Outcome> get_policy_version(Context context) {
  CO_TRY(const PolicyView policy, find_policy(context));
  CO_TRY(const std::uint32_t number, version_of(context, policy));
  if (policy.own == nullptr) {
    write_version(context.out, "PolicyVersion", policy, number, policy.created,
                  policy.from_aws->text);
    co_return Outcome{};
  }
  const control::PolicyVersion& version = policy.own->versions.at(number);
  write_version(context.out, "PolicyVersion", policy, number, version.created,
                version.policy->text);
  co_return Outcome{};
}

Task<Outcome> list_policy_versions(Context context) {
  CO_TRY(const PolicyView policy, find_policy(context));
  CO_TRY(Page page, Page::of(context.form));
  context.out.open("Versions");
  if (policy.own == nullptr && page.take("1")) {
    write_version(context.out, "member", policy, 1, policy.created, "");
  }
  if (policy.own != nullptr) {
    // Keys that ascend while versions descend: the newest comes first, as on AWS.
    constexpr std::uint32_t kTop = 1'999'999'999;
    for (auto at = policy.own->versions.rbegin(); at != policy.own->versions.rend(); ++at) {
      if (page.take(std::to_string(kTop - at->first))) {
        write_version(context.out, "member", policy, at->first, at->second.created, "");
      }
    }
  }
  context.out.close();
  page.finish(context.out);
  co_return Outcome{};
}

Task<Outcome> delete_policy_version(Context context) {
  CO_TRY(const control::ManagedPolicy* policy, find_own_policy(context));
  CO_TRY(const std::uint32_t number, version_of(context, view_of(context, *policy)));
  if (number == policy->default_version) {
    co_return refuse("DeleteConflict", "Cannot delete the default version of a policy.");
  }
  co_return co_await propose(context,
                             control::DeletePolicyVersion{policy->account, policy->name, number});
}

Task<Outcome> set_default_policy_version(Context context) {
  CO_TRY(const control::ManagedPolicy* policy, find_own_policy(context));
  CO_TRY(const std::uint32_t number, version_of(context, view_of(context, *policy)));
  if (number == policy->default_version) co_return Outcome{};
  co_return co_await propose(
      context, control::SetDefaultPolicyVersion{policy->account, policy->name, number});
}

// --- who has it ---

struct Entities {
  std::string filter;
  std::string prefix;
  std::string usage;
  std::string arn;

  bool has(const control::Grants& grants, std::string_view boundary) const {
    const bool attached = usage != "PermissionsBoundary" && grants.attached.contains(arn);
    return attached || (usage != "PermissionsPolicy" && boundary == arn);
  }
};

template <class Map>
void write_entities(const Context& context, const Map& map, const Entities& wanted, Page& page,
                    const std::string& kind) {
  context.out.open("Policy" + kind + "s");
  if (wanted.filter.empty() || wanted.filter == kind) {
    for (const auto& [key, thing] : things_of(map, context.account())) {
      std::string_view boundary;
      if constexpr (requires { thing->boundary; }) boundary = thing->boundary;
      if (!wanted.has(thing->grants, boundary) || !thing->path.starts_with(wanted.prefix)) continue;
      std::string place = kind;
      place.append("/").append(key);
      if (!page.take(place)) continue;
      context.out.open("member");
      context.out.element(kind + "Name", thing->name).element(kind + "Id", thing->id);
      context.out.close();
    }
  }
  context.out.close();
}

Task<Outcome> list_entities_for_policy(Context context) {
  CO_TRY(const PolicyView policy, find_policy(context));
  Entities wanted;
  wanted.arn = policy.arn;
  CO_TRY(wanted.filter,
         choice_of(context.form, "EntityFilter",
                   {"", "User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"}));
  CO_TRY(wanted.prefix, path_prefix_of(context.form));
  CO_TRY(wanted.usage, choice_of(context.form, "PolicyUsageFilter",
                                 {"", "PermissionsPolicy", "PermissionsBoundary"}));
  CO_TRY(Page page, Page::of(context.form));
  write_entities(context, context.state->iam.groups, wanted, page, "Group");
  write_entities(context, context.state->iam.roles, wanted, page, "Role");
  write_entities(context, context.state->users, wanted, page, "User");
  page.finish(context.out);
  co_return Outcome{};
}

std::string all_policies(const Context& context) {
  return control::iam_arn(context.account(), IamKind::kPolicy,
                          context.form.get("PathPrefix").value_or("/"), "");
}

constexpr std::array kCalls = std::to_array<CallInfo>({
    {"CreatePolicy", create_policy, policy_resource},
    {"CreatePolicyVersion", create_policy_version, policy_resource},
    {"DeletePolicy", delete_policy, policy_resource, false},
    {"DeletePolicyVersion", delete_policy_version, policy_resource, false},
    {"GetPolicy", get_policy, policy_resource},
    {"GetPolicyVersion", get_policy_version, policy_resource},
    {"ListEntitiesForPolicy", list_entities_for_policy, policy_resource},
    {"ListPolicies", list_policies, all_policies},
    {"ListPolicyVersions", list_policy_versions, policy_resource},
    {"SetDefaultPolicyVersion", set_default_policy_version, policy_resource, false},
});

}  // namespace

std::span<const CallInfo> policy_calls() {
  return kCalls;
}

}  // namespace muzn::iam
