// Tags of users, roles, policies and identity providers.
#include <array>

#include "iam/lists.h"
#include "iam/policies.h"
#include "iam/providers.h"
#include "iam/shapes.h"

namespace muzn::iam {
namespace {

using control::IamKind;

// Borrowed of the state.
struct Tagged {
  control::IamRef ref;
  const control::Tags& tags;
};

template <IamKind kKind>
Read<Tagged> find_tagged(const Context& context) {
  if constexpr (kKind == IamKind::kUser) {
    TRY(const control::User* found, find_user(context));
    return Tagged{{found->account, kKind, found->name}, found->tags};
  }
  if constexpr (kKind == IamKind::kRole) {
    TRY(const control::Role* found, find_role(context));
    return Tagged{{found->account, kKind, found->name}, found->tags};
  }
  if constexpr (kKind == IamKind::kPolicy) {
    TRY(const control::ManagedPolicy* found, find_own_policy(context));
    return Tagged{{found->account, kKind, found->name}, found->tags};
  }
  if constexpr (kKind == IamKind::kProvider) {
    TRY(const control::Provider* found, find_provider(context));
    return Tagged{{found->account, kKind, found->url}, found->tags};
  }
}

template <IamKind kKind>
Task<Outcome> tag(Context context) {
  CO_TRY(const Tagged what, find_tagged<kKind>(context));
  CO_TRY(const control::Tags tags, tags_of(context.form));
  if (tags.empty()) co_return invalid_value("Tags must have at least one member");
  co_return co_await propose(context, control::PutTags{what.ref, tags});
}

template <IamKind kKind>
Task<Outcome> untag(Context context) {
  CO_TRY(const Tagged what, find_tagged<kKind>(context));
  CO_TRY(std::vector<std::string> keys, list_of(context.form, "TagKeys"));
  // Keys that are not there are not missed, as on AWS.
  std::erase_if(keys, [&](const std::string& key) {
    return std::ranges::none_of(what.tags, [&](const auto& one) {
      return control::fold_case(one.first) == control::fold_case(key);
    });
  });
  if (keys.empty()) co_return Outcome{};
  co_return co_await propose(context, control::DeleteTags{what.ref, keys});
}

template <IamKind kKind>
Task<Outcome> list_tags(Context context) {
  CO_TRY(const Tagged what, find_tagged<kKind>(context));
  CO_TRY(Page page, Page::of(context.form));
  context.out.open("Tags");
  for (const auto& [key, value] : what.tags) {
    if (page.take(key)) write_tag(context.out, key, value);
  }
  context.out.close();
  page.finish(context.out);
  co_return Outcome{};
}

constexpr IamKind kUser = IamKind::kUser;
constexpr IamKind kRole = IamKind::kRole;
constexpr IamKind kPolicy = IamKind::kPolicy;
constexpr IamKind kProvider = IamKind::kProvider;

constexpr std::array kCalls = std::to_array<CallInfo>({
    {"ListOpenIDConnectProviderTags", list_tags<kProvider>, provider_resource},
    {"ListPolicyTags", list_tags<kPolicy>, policy_resource},
    {"ListRoleTags", list_tags<kRole>, role_resource},
    {"ListUserTags", list_tags<kUser>, user_resource},
    {"TagOpenIDConnectProvider", tag<kProvider>, provider_resource, false},
    {"TagPolicy", tag<kPolicy>, policy_resource, false},
    {"TagRole", tag<kRole>, role_resource, false},
    {"TagUser", tag<kUser>, user_resource, false},
    {"UntagOpenIDConnectProvider", untag<kProvider>, provider_resource, false},
    {"UntagPolicy", untag<kPolicy>, policy_resource, false},
    {"UntagRole", untag<kRole>, role_resource, false},
    {"UntagUser", untag<kUser>, user_resource, false},
});

}  // namespace

std::span<const CallInfo> tag_calls() {
  return kCalls;
}

}  // namespace muzn::iam
