// Access keys of users, and of an account's root for itself.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "iam/args.h"
#include "iam/page.h"
#include "iam/shapes.h"

namespace muzn::iam {
namespace {

constexpr std::size_t kKeysMax = 2;  // IAM quota: of a user, and of the root

std::string_view status_word(control::KeyStatus status) {
  return status == control::KeyStatus::kActive ? "Active" : "Inactive";
}

// Roots have no name.
void write_owner(const Context& context, const std::string& user) {
  if (!user.empty()) context.out.element("UserName", user);
}

// The key that the form names, if it is of the user that it names, or of the caller.
Read<const control::AccessKey*> find_key(const Context& context) {
  TRY(const std::string user, user_or_caller(context));
  TRY(const std::string id, required(context.form, "AccessKeyId"));
  const control::AccessKey* const key = context.state->key(id);
  if (key == nullptr || key->account != context.account() || key->user != user) {
    return no_such(fmt::format("The Access Key with id {} cannot be found.", id.substr(0, 128)));
  }
  return key;
}

Task<Outcome> create_access_key(Context context) {
  CO_TRY(const std::string user, user_or_caller(context));
  if (context.state->keys_of(context.account(), user).size() >= kKeysMax) {
    co_return refuse("LimitExceeded",
                     fmt::format("Cannot exceed quota for AccessKeysPerUser: {}", kKeysMax));
  }
  const control::CreateKey made = context.parts.controller.new_key(context.account(), user, "", "");
  CO_TRY_VOID(co_await propose(context, made));
  context.out.open("AccessKey");
  write_owner(context, user);
  context.out.element("AccessKeyId", made.key.access_key);
  context.out.element("Status", status_word(made.key.status));
  context.out.element("SecretAccessKey", made.key.secret_key);
  context.out.element("CreateDate", iso8601(made.key.created));
  context.out.close();
  co_return Outcome{};
}

Task<Outcome> list_access_keys(Context context) {
  CO_TRY(const std::string user, user_or_caller(context));
  CO_TRY(Page page, Page::of(context.form));
  context.out.open("AccessKeyMetadata");
  for (const control::AccessKey* key : context.state->keys_of(context.account(), user)) {
    if (!page.take(key->access_key)) continue;
    context.out.open("member");
    write_owner(context, user);
    context.out.element("AccessKeyId", key->access_key);
    context.out.element("Status", status_word(key->status));
    context.out.element("CreateDate", iso8601(key->created));
    context.out.close();
  }
  context.out.close();
  page.finish(context.out);
  co_return Outcome{};
}

Task<Outcome> update_access_key(Context context) {
  CO_TRY(const control::AccessKey* key, find_key(context));
  CO_TRY_VOID(required(context.form, "Status"));
  CO_TRY(const std::string word, choice_of(context.form, "Status", {"Active", "Inactive"}));
  const auto status =
      word == "Active" ? control::KeyStatus::kActive : control::KeyStatus::kInactive;
  co_return co_await propose(context, control::SetKeyStatus{key->access_key, status});
}

Task<Outcome> delete_access_key(Context context) {
  CO_TRY(const control::AccessKey* key, find_key(context));
  co_return co_await propose(context, control::DeleteKey{key->access_key});
}

// When a key was used is in the account's records, not in control state: AWS's words for a key that
// was not.
Task<Outcome> get_access_key_last_used(Context context) {
  CO_TRY(const std::string id, required(context.form, "AccessKeyId"));
  const control::AccessKey* const key = context.state->key(id);
  if (key == nullptr || key->account != context.account()) {
    co_return refuse("AccessDenied", "The Access Key with id " + id.substr(0, 128) +
                                         " is of another account, or there is none.");
  }
  write_owner(context, key->user);
  context.out.open("AccessKeyLastUsed");
  context.out.element("ServiceName", "N/A").element("Region", "N/A");
  context.out.close();
  co_return Outcome{};
}

std::string key_resource(const Context& context) {
  const control::AccessKey* const key = context.state->key(context.form.text("AccessKeyId"));
  const control::User* const user = key == nullptr || key->account != context.account()
                                        ? nullptr
                                        : context.state->user(key->account, key->user);
  return user == nullptr ? "*" : arn_of(*user);
}

constexpr std::array kCalls = std::to_array<CallInfo>({
    {"CreateAccessKey", create_access_key, user_resource},
    {"DeleteAccessKey", delete_access_key, user_resource, false},
    {"GetAccessKeyLastUsed", get_access_key_last_used, key_resource},
    {"ListAccessKeys", list_access_keys, user_resource},
    {"UpdateAccessKey", update_access_key, user_resource, false},
});

}  // namespace

std::span<const CallInfo> key_calls() {
  return kCalls;
}

}  // namespace muzn::iam
