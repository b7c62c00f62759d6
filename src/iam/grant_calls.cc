// What users, groups and roles hold: inline and attached policies, and permission boundaries.
#include <fmt/format.h>

#include <array>

#include "iam/args.h"
#include "iam/lists.h"
#include "iam/policies.h"
#include "iam/shapes.h"

namespace muzn::iam {
namespace {

using control::IamKind;

// Borrowed of the state.
struct Holder {
  control::IamRef ref;
  const control::Grants& grants;
};

template <class Thing>
Read<Holder> holder(const Read<const Thing*>& found, IamKind kind) {
  if (!found) return std::unexpected(found.error());
  return Holder{{(*found)->account, kind, (*found)->name}, (*found)->grants};
}

template <IamKind kKind>
Read<Holder> find_holder(const Context& context) {
  if constexpr (kKind == IamKind::kUser) return holder(find_user(context), kKind);
  if constexpr (kKind == IamKind::kGroup) return holder(find_group(context), kKind);
  if constexpr (kKind == IamKind::kRole) return holder(find_role(context), kKind);
}

template <IamKind kKind>
constexpr const char* kNameMember = kKind == IamKind::kUser    ? "UserName"
                                    : kKind == IamKind::kGroup ? "GroupName"
                                                               : "RoleName";

// --- inline ---

Read<std::string> policy_name(const Context& context) {
  return name_of(context.form, "PolicyName", kOtherNameBytesMax);
}

std::unexpected<Failure> no_inline(const Holder& who, const std::string& name) {
  const char* const kind = who.ref.kind == IamKind::kUser    ? "user"
                           : who.ref.kind == IamKind::kGroup ? "group"
                                                             : "role";
  return no_such(fmt::format("The {} policy with name {} cannot be found.", kind, name));
}

template <IamKind kKind>
Task<Outcome> put_inline(Context context) {
  CO_TRY(const Holder who, find_holder<kKind>(context));
  CO_TRY(const std::string name, policy_name(context));
  CO_TRY(const std::string text, document_of(context.form, policy::Attachment::kIdentity));
  co_return co_await propose(context, control::PutInlinePolicy{who.ref, name, text});
}

template <IamKind kKind>
Task<Outcome> get_inline(Context context) {
  CO_TRY(const Holder who, find_holder<kKind>(context));
  CO_TRY(const std::string name, policy_name(context));
  const auto found = who.grants.inlined.find(name);
  if (found == who.grants.inlined.end()) co_return no_inline(who, name);
  context.out.element(kNameMember<kKind>, who.ref.name).element("PolicyName", name);
  write_document(context.out, "PolicyDocument", found->second->text);
  co_return Outcome{};
}

template <IamKind kKind>
Task<Outcome> delete_inline(Context context) {
  CO_TRY(const Holder who, find_holder<kKind>(context));
  CO_TRY(const std::string name, policy_name(context));
  if (!who.grants.inlined.contains(name)) co_return no_inline(who, name);
  co_return co_await propose(context, control::DeleteInlinePolicy{who.ref, name});
}

template <IamKind kKind>
Task<Outcome> list_inline(Context context) {
  CO_TRY(const Holder who, find_holder<kKind>(context));
  CO_TRY(Page page, Page::of(context.form));
  context.out.open("PolicyNames");
  for (const auto& [name, policy] : who.grants.inlined) {
    if (page.take(name)) context.out.element("member", name);
  }
  context.out.close();
  page.finish(context.out);
  co_return Outcome{};
}

// --- attached ---

template <IamKind kKind>
Task<Outcome> attach(Context context) {
  CO_TRY(const Holder who, find_holder<kKind>(context));
  CO_TRY(const std::string arn, policy_arn_of(context));
  if (who.grants.attached.contains(arn)) co_return Outcome{};
  co_return co_await propose(context, control::AttachPolicy{who.ref, arn});
}

template <IamKind kKind>
Task<Outcome> detach(Context context) {
  CO_TRY(const Holder who, find_holder<kKind>(context));
  CO_TRY(const std::string arn, required(context.form, "PolicyArn"));
  if (!who.grants.attached.contains(arn)) {
    co_return no_such(fmt::format("Policy {} was not found.", arn.substr(0, 2048)));
  }
  co_return co_await propose(context, control::DetachPolicy{who.ref, arn});
}

template <IamKind kKind>
Task<Outcome> list_attached(Context context) {
  CO_TRY(const Holder who, find_holder<kKind>(context));
  CO_TRY(const std::string prefix, path_prefix_of(context.form));
  CO_TRY(Page page, Page::of(context.form));
  context.out.open("AttachedPolicies");
  for (const std::string& arn : who.grants.attached) {
    if (path_of_policy(arn).starts_with(prefix) && page.take(arn)) {
      write_attached(context.out, arn);
    }
  }
  context.out.close();
  page.finish(context.out);
  co_return Outcome{};
}

// --- boundaries ---

template <IamKind kKind>
Task<Outcome> put_boundary(Context context) {
  CO_TRY(const Holder who, find_holder<kKind>(context));
  CO_TRY(const std::string arn, policy_arn_of(context, "PermissionsBoundary"));
  co_return co_await propose(context, control::SetBoundary{who.ref, arn});
}

template <IamKind kKind>
Task<Outcome> delete_boundary(Context context) {
  CO_TRY(const Holder who, find_holder<kKind>(context));
  const std::string& boundary = kKind == IamKind::kUser
                                    ? context.state->user(who.ref.account, who.ref.name)->boundary
                                    : context.state->role(who.ref.account, who.ref.name)->boundary;
  if (boundary.empty()) {
    co_return no_such(fmt::format("{} has no permissions boundary.", who.ref.name));
  }
  co_return co_await propose(context, control::SetBoundary{who.ref, ""});
}

constexpr IamKind kUser = IamKind::kUser;
constexpr IamKind kGroup = IamKind::kGroup;
constexpr IamKind kRole = IamKind::kRole;

constexpr std::array kCalls = std::to_array<CallInfo>({
    {"AttachGroupPolicy", attach<kGroup>, group_resource, false},
    {"AttachRolePolicy", attach<kRole>, role_resource, false},
    {"AttachUserPolicy", attach<kUser>, user_resource, false},
    {"DeleteGroupPolicy", delete_inline<kGroup>, group_resource, false},
    {"DeleteRolePermissionsBoundary", delete_boundary<kRole>, role_resource, false},
    {"DeleteRolePolicy", delete_inline<kRole>, role_resource, false},
    {"DeleteUserPermissionsBoundary", delete_boundary<kUser>, user_resource, false},
    {"DeleteUserPolicy", delete_inline<kUser>, user_resource, false},
    {"DetachGroupPolicy", detach<kGroup>, group_resource, false},
    {"DetachRolePolicy", detach<kRole>, role_resource, false},
    {"DetachUserPolicy", detach<kUser>, user_resource, false},
    {"GetGroupPolicy", get_inline<kGroup>, group_resource},
    {"GetRolePolicy", get_inline<kRole>, role_resource},
    {"GetUserPolicy", get_inline<kUser>, user_resource},
    {"ListAttachedGroupPolicies", list_attached<kGroup>, group_resource},
    {"ListAttachedRolePolicies", list_attached<kRole>, role_resource},
    {"ListAttachedUserPolicies", list_attached<kUser>, user_resource},
    {"ListGroupPolicies", list_inline<kGroup>, group_resource},
    {"ListRolePolicies", list_inline<kRole>, role_resource},
    {"ListUserPolicies", list_inline<kUser>, user_resource},
    {"PutGroupPolicy", put_inline<kGroup>, group_resource, false},
    {"PutRolePermissionsBoundary", put_boundary<kRole>, role_resource, false},
    {"PutRolePolicy", put_inline<kRole>, role_resource, false},
    {"PutUserPermissionsBoundary", put_boundary<kUser>, user_resource, false},
    {"PutUserPolicy", put_inline<kUser>, user_resource, false},
});

}  // namespace

std::span<const CallInfo> grant_calls() {
  return kCalls;
}

}  // namespace muzn::iam
