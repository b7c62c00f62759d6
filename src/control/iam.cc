#include "control/iam.h"

#include <algorithm>
#include <array>

namespace muzn::control {
namespace {

constexpr std::array<std::string_view, kIamKinds> kWords = {"user", "group", "role", "policy",
                                                            "provider"};
constexpr std::array<std::string_view, kIamKinds> kArnWords = {"user", "group", "role", "policy",
                                                               "oidc-provider"};

bool same(const PolicyPtr& a, const PolicyPtr& b) {
  return a == b || (a && b && *a == *b);
}

}  // namespace

std::string_view kind_word(IamKind kind) {
  return kWords[static_cast<std::size_t>(kind)];
}

bool Grants::operator==(const Grants& other) const {
  return attached == other.attached &&
         std::ranges::equal(inlined, other.inlined, [](const auto& a, const auto& b) {
           return a.first == b.first && same(a.second, b.second);
         });
}

bool Role::operator==(const Role& other) const {
  return account == other.account && name == other.name && id == other.id &&
         created == other.created && path == other.path && description == other.description &&
         session_seconds_max == other.session_seconds_max && same(trust, other.trust) &&
         boundary == other.boundary && tags == other.tags && grants == other.grants;
}

bool PolicyVersion::operator==(const PolicyVersion& other) const {
  return created == other.created && same(policy, other.policy);
}

std::size_t policy_size(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return c != ' ' && c != '\t' && c != '\n' && c != '\r'; }));
}

std::string iam_arn(std::string_view account, IamKind kind, std::string_view path,
                    std::string_view name) {
  std::string out = "arn:aws:iam::";
  out.append(account).append(":").append(kArnWords[static_cast<std::size_t>(kind)]);
  return out.append(path).append(name);
}

std::string arn_of(const User& user) {
  return iam_arn(user.account, IamKind::kUser, user.path, user.name);
}
std::string arn_of(const Group& group) {
  return iam_arn(group.account, IamKind::kGroup, group.path, group.name);
}
std::string arn_of(const Role& role) {
  return iam_arn(role.account, IamKind::kRole, role.path, role.name);
}
std::string arn_of(const ManagedPolicy& policy) {
  return iam_arn(policy.account, IamKind::kPolicy, policy.path, policy.name);
}
std::string arn_of(const Provider& provider) {
  return iam_arn(provider.account, IamKind::kProvider, "/", provider.url);
}

}  // namespace muzn::control
