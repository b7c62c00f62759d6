// Roles.
#include <array>

#include "control/names.h"
#include "iam/lists.h"
#include "iam/policies.h"
#include "iam/shapes.h"

namespace muzn::iam {
namespace {

using control::IamKind;

constexpr std::string_view kTrust = "AssumeRolePolicyDocument";

Read<std::uint32_t> session_seconds(const Form& form, std::uint32_t fallback) {
  TRY(const auto given, number_of(form, "MaxSessionDuration", control::kRoleSessionSecondsMin,
                                  control::kRoleSessionSecondsMax));
  return given.value_or(fallback);
}

Task<Outcome> create_role(Context context) {
  CO_TRY(const std::string name, name_of(context.form, "RoleName", kRoleNameBytesMax));
  CO_TRY(const std::string path, path_of(context.form));
  CO_TRY(const control::Tags tags, tags_of(context.form));
  CO_TRY(const std::string trust, document_of(context.form, policy::Attachment::kTrust, kTrust));
  if (is_taken(context, IamKind::kRole, name)) {
    co_return refuse("EntityAlreadyExists", "Role with name " + name + " already exists.");
  }
  control::Role role = context.parts.controller.new_role(context.account(), name);
  role.path = path;
  role.tags = tags;
  CO_TRY(role.boundary, boundary_of(context));
  CO_TRY(role.description, description_of(context.form));
  CO_TRY(role.session_seconds_max, session_seconds(context.form, control::kRoleSessionSecondsMin));
  CO_TRY_VOID(co_await propose(context, control::CreateRole{role, trust}));
  const control::Snapshot after = context.parts.controller.state();
  const control::Role* const made = after->role(context.account(), name);
  if (made == nullptr) co_return no_such("The role has just been deleted.");
  write_role(context.out, "Role", *made, Detail::kWhole);
  co_return Outcome{};
}

Task<Outcome> get_role(Context context) {
  CO_TRY(const control::Role* role, find_role(context));
  write_role(context.out, "Role", *role, Detail::kWhole);
  co_return Outcome{};
}

Task<Outcome> list_roles(Context context) {
  CO_TRY(const std::string prefix, path_prefix_of(context.form));
  CO_TRY(Page page, Page::of(context.form));
  context.out.open("Roles");
  each_of(
      context.state->iam.roles, context.account(), prefix, page,
      [&](const control::Role& role) { write_role(context.out, "member", role, Detail::kListed); });
  context.out.close();
  page.finish(context.out);
  co_return Outcome{};
}

// What is not given stays.
Read<control::UpdateRole> update_of(const Context& context, const control::Role& role) {
  control::UpdateRole out{.account = role.account,
                          .name = role.name,
                          .description = role.description,
                          .session_seconds_max = role.session_seconds_max};
  if (context.form.has("Description")) {
    TRY(out.description, description_of(context.form));
  }
  TRY(out.session_seconds_max, session_seconds(context.form, role.session_seconds_max));
  return out;
}

Task<Outcome> update_role(Context context) {
  CO_TRY(const control::Role* role, find_role(context));
  CO_TRY(const control::UpdateRole update, update_of(context, *role));
  co_return co_await propose(context, update);
}

Task<Outcome> update_role_description(Context context) {
  CO_TRY(const control::Role* role, find_role(context));
  control::Role changed = *role;
  CO_TRY(changed.description, description_of(context.form));
  CO_TRY_VOID(co_await propose(
      context, control::UpdateRole{changed.account, changed.name, changed.description,
                                   changed.session_seconds_max}));
  write_role(context.out, "Role", changed, Detail::kWhole);
  co_return Outcome{};
}

Task<Outcome> update_assume_role_policy(Context context) {
  CO_TRY(const control::Role* role, find_role(context));
  CO_TRY(const std::string trust, document_of(context.form, policy::Attachment::kTrust));
  co_return co_await propose(context, control::PutTrustPolicy{role->account, role->name, trust});
}

Task<Outcome> delete_role(Context context) {
  CO_TRY(const control::Role* role, find_role(context));
  CO_TRY_VOID(check_bare(role->grants));
  co_return co_await propose(context,
                             control::DeleteIam{{role->account, IamKind::kRole, role->name}});
}

// There are no machines that a role could be given to: for programs that ask before they delete
// one.
Task<Outcome> list_instance_profiles(Context context) {
  CO_TRY_VOID(find_role(context));
  context.out.open("InstanceProfiles").close();
  context.out.element("IsTruncated", false);
  co_return Outcome{};
}

constexpr std::array kCalls = std::to_array<CallInfo>({
    {"CreateRole", create_role, role_resource},
    {"DeleteRole", delete_role, role_resource, false},
    {"GetRole", get_role, role_resource},
    {"ListInstanceProfilesForRole", list_instance_profiles, role_resource},
    {"ListRoles", list_roles, roles_resource},
    {"UpdateAssumeRolePolicy", update_assume_role_policy, role_resource, false},
    {"UpdateRole", update_role, role_resource},
    {"UpdateRoleDescription", update_role_description, role_resource},
});

}  // namespace

std::span<const CallInfo> role_calls() {
  return kCalls;
}

}  // namespace muzn::iam
