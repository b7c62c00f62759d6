// Users.
#include <fmt/format.h>

#include <array>

#include "control/names.h"
#include "iam/args.h"
#include "iam/lists.h"
#include "iam/shapes.h"

namespace muzn::iam {
namespace {

Task<Outcome> create_user(Context context) {
  CO_TRY(const std::string name, name_of(context.form, "UserName", kUserNameBytesMax));
  CO_TRY(const std::string path, path_of(context.form));
  CO_TRY(const control::Tags tags, tags_of(context.form));
  if (is_taken(context, control::IamKind::kUser, name)) {
    co_return refuse("EntityAlreadyExists", "User with name " + name + " already exists.");
  }
  control::User user = context.parts.controller.new_user(context.account(), name);
  user.path = path;
  user.tags = tags;
  CO_TRY(user.boundary, boundary_of(context));
  CO_TRY_VOID(co_await propose(context, control::CreateUser{user}));
  write_user(context.out, "User", user, Detail::kWhole);
  co_return Outcome{};
}

// An account's root has no name.
void write_root(const Context& context) {
  const control::Account* const account = context.state->account(context.account());
  context.out.open("User");
  context.out.element("UserId", context.account()).element("Arn", context.who().arn);
  if (account != nullptr) context.out.element("CreateDate", iso8601(account->created));
  context.out.close();
}

Task<Outcome> get_user(Context context) {
  CO_TRY(const std::string name, user_or_caller(context));
  if (name.empty()) {
    write_root(context);
    co_return Outcome{};
  }
  const control::User* const user = context.state->user(context.account(), name);
  if (user == nullptr) co_return no_such("The user has just been deleted.");
  write_user(context.out, "User", *user, Detail::kWhole);
  co_return Outcome{};
}

Task<Outcome> list_users(Context context) {
  CO_TRY(const std::string prefix, path_prefix_of(context.form));
  CO_TRY(Page page, Page::of(context.form));
  context.out.open("Users");
  each_of(context.state->users, context.account(), prefix, page, [&](const control::User& user) {
    write_user(context.out, "member", user, Detail::kListed);
  });
  context.out.close();
  page.finish(context.out);
  co_return Outcome{};
}

Task<Outcome> update_user(Context context) {
  CO_TRY(const control::User* user, find_user(context));
  CO_TRY(const control::RenameIam rename,
         rename_of(context, control::IamKind::kUser, user->name, user->path, kUserNameBytesMax));
  co_return co_await rename_to(context, "UpdateUser", "User", rename);
}

Task<Outcome> delete_user(Context context) {
  CO_TRY(const control::User* user, find_user(context));
  CO_TRY_VOID(check_bare(user->grants));
  if (!user->groups.empty()) {
    co_return refuse("DeleteConflict", "Cannot delete entity, must remove users from group first.");
  }
  if (!context.state->keys_of(user->account, user->name).empty()) {
    co_return refuse("DeleteConflict", "Cannot delete entity, must delete access keys first.");
  }
  co_return co_await propose(context, control::DeleteUser{user->account, user->name});
}

// What AWS has for users and this server has not: lists of them are empty, for programs that clean
// up before they delete a user.
template <const char* kList>
Task<Outcome> list_nothing(Context context) {
  CO_TRY_VOID(user_or_caller(context));
  context.out.open(kList).close();
  context.out.element("IsTruncated", false);
  co_return Outcome{};
}
constexpr char kMfaDevices[] = "MFADevices";
constexpr char kCertificates[] = "Certificates";
constexpr char kSshKeys[] = "SSHPublicKeys";
constexpr char kServiceCredentials[] = "ServiceSpecificCredentials";

// There are no passwords.
Task<Outcome> no_login_profile(Context context) {
  CO_TRY(const std::string name, user_or_caller(context));
  co_return no_such(fmt::format("Login Profile for User {} cannot be found.", name));
}

constexpr std::array kCalls = std::to_array<CallInfo>({
    {"CreateUser", create_user, user_resource},
    {"DeleteLoginProfile", no_login_profile, user_resource, false},
    {"DeleteUser", delete_user, user_resource, false},
    {"GetLoginProfile", no_login_profile, user_resource},
    {"GetUser", get_user, user_resource},
    {"ListMFADevices", list_nothing<kMfaDevices>, user_resource},
    {"ListSSHPublicKeys", list_nothing<kSshKeys>, user_resource},
    {"ListServiceSpecificCredentials", list_nothing<kServiceCredentials>, user_resource},
    {"ListSigningCertificates", list_nothing<kCertificates>, user_resource},
    {"ListUsers", list_users, users_resource},
    {"UpdateUser", update_user, user_resource, false},
});

}  // namespace

std::span<const CallInfo> user_calls() {
  return kCalls;
}

}  // namespace muzn::iam
