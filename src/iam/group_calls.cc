// Groups, and who is in them.
#include <array>

#include "control/names.h"
#include "iam/args.h"
#include "iam/lists.h"
#include "iam/shapes.h"

namespace muzn::iam {
namespace {

using control::IamKind;

Task<Outcome> create_group(Context context) {
  CO_TRY(const std::string name, name_of(context.form, "GroupName", kOtherNameBytesMax));
  CO_TRY(const std::string path, path_of(context.form));
  if (is_taken(context, IamKind::kGroup, name)) {
    co_return refuse("EntityAlreadyExists", "Group with name " + name + " already exists.");
  }
  control::Group group = context.parts.controller.new_group(context.account(), name);
  group.path = path;
  CO_TRY_VOID(co_await propose(context, control::CreateGroup{group}));
  write_group(context.out, "Group", group);
  co_return Outcome{};
}

Task<Outcome> get_group(Context context) {
  CO_TRY(const control::Group* group, find_group(context));
  CO_TRY(Page page, Page::of(context.form));
  write_group(context.out, "Group", *group);
  context.out.open("Users");
  for (const auto& [key, name] : sorted_names(group->users)) {
    const control::User* const user = context.state->user(group->account, name);
    if (user != nullptr && page.take(key)) {
      write_user(context.out, "member", *user, Detail::kListed);
    }
  }
  context.out.close();
  page.finish(context.out);
  co_return Outcome{};
}

Task<Outcome> list_groups(Context context) {
  CO_TRY(const std::string prefix, path_prefix_of(context.form));
  CO_TRY(Page page, Page::of(context.form));
  context.out.open("Groups");
  each_of(context.state->iam.groups, context.account(), prefix, page,
          [&](const control::Group& group) { write_group(context.out, "member", group); });
  context.out.close();
  page.finish(context.out);
  co_return Outcome{};
}

Task<Outcome> update_group(Context context) {
  CO_TRY(const control::Group* group, find_group(context));
  CO_TRY(const control::RenameIam rename,
         rename_of(context, IamKind::kGroup, group->name, group->path, kOtherNameBytesMax));
  co_return co_await rename_to(context, "UpdateGroup", "Group", rename);
}

Task<Outcome> delete_group(Context context) {
  CO_TRY(const control::Group* group, find_group(context));
  if (!group->users.empty()) {
    co_return refuse("DeleteConflict", "Cannot delete entity, must remove users from group first.");
  }
  CO_TRY_VOID(check_bare(group->grants));
  co_return co_await propose(context,
                             control::DeleteIam{{group->account, IamKind::kGroup, group->name}});
}

// Both take for done what is so already, as on AWS.
Task<Outcome> add_user_to_group(Context context) {
  CO_TRY(const control::Group* group, find_group(context));
  CO_TRY(const control::User* user, find_user(context));
  if (user->groups.contains(group->name)) co_return Outcome{};
  co_return co_await propose(context,
                             control::AddUserToGroup{group->account, group->name, user->name});
}

Task<Outcome> remove_user_from_group(Context context) {
  CO_TRY(const control::Group* group, find_group(context));
  CO_TRY(const control::User* user, find_user(context));
  if (!user->groups.contains(group->name)) {
    co_return no_such("User " + user->name + " is not in group " + group->name + ".");
  }
  co_return co_await propose(context,
                             control::RemoveUserFromGroup{group->account, group->name, user->name});
}

Task<Outcome> list_groups_for_user(Context context) {
  CO_TRY(const control::User* user, find_user(context));
  CO_TRY(Page page, Page::of(context.form));
  context.out.open("Groups");
  for (const auto& [key, name] : sorted_names(user->groups)) {
    const control::Group* const group = context.state->group(user->account, name);
    if (group != nullptr && page.take(key)) write_group(context.out, "member", *group);
  }
  context.out.close();
  page.finish(context.out);
  co_return Outcome{};
}

constexpr std::array kCalls = std::to_array<CallInfo>({
    {"AddUserToGroup", add_user_to_group, group_resource, false},
    {"CreateGroup", create_group, group_resource},
    {"DeleteGroup", delete_group, group_resource, false},
    {"GetGroup", get_group, group_resource},
    {"ListGroups", list_groups, groups_resource},
    {"ListGroupsForUser", list_groups_for_user, user_resource},
    {"RemoveUserFromGroup", remove_user_from_group, group_resource, false},
    {"UpdateGroup", update_group, group_resource, false},
});

}  // namespace

std::span<const CallInfo> group_calls() {
  return kCalls;
}

}  // namespace muzn::iam
