#include "iam/facts.h"

#include <algorithm>
#include <array>
#include <utility>

#include "control/names.h"
#include "iam/args.h"

namespace muzn::iam {
namespace {

using policy::one;
using policy::one_if;
using policy::Values;

Values of_form(const Context& context, std::string_view name) {
  const auto value = context.form.get(name);
  return value ? one(*value) : std::nullopt;
}

Values tag_keys(const Context& context) {
  const auto untagged = context.form.list("TagKeys");
  if (untagged && !untagged->empty()) return *untagged;
  const auto members = context.form.count("Tags");
  if (!members || *members == 0) return std::nullopt;
  std::vector<std::string> out;
  for (std::size_t i = 1; i <= *members; ++i) {
    if (const auto key = context.form.field("Tags", i, "Key")) out.emplace_back(*key);
  }
  return out;
}

Values request_tag(const Context& context, std::string_view wanted) {
  const auto members = context.form.count("Tags");
  if (!members) return std::nullopt;
  for (std::size_t i = 1; i <= *members; ++i) {
    const auto key = context.form.field("Tags", i, "Key");
    if (key && control::fold_case(*key) == control::fold_case(wanted)) {
      return one(context.form.field("Tags", i, "Value").value_or(""));
    }
  }
  return std::nullopt;
}

// Of a call that sets one: that; of the others: the one that is in force for whom it is about, so
// that a right to give rights can be bound to who has a boundary.
Values boundary(const Context& context) {
  if (context.form.has("PermissionsBoundary")) return of_form(context, "PermissionsBoundary");
  const Named about = named(context);
  if (about.user != nullptr) return one_if(!about.user->boundary.empty(), about.user->boundary);
  if (about.role != nullptr) return one_if(!about.role->boundary.empty(), about.role->boundary);
  return std::nullopt;
}

// Keys of tags of identities have no case.
Values tag_of(const control::Tags& tags, std::string_view wanted) {
  for (const auto& [key, value] : tags) {
    if (control::fold_case(key) == control::fold_case(wanted)) return one(value);
  }
  return std::nullopt;
}

Values resource_tag(const Context& context, std::string_view key) {
  const Named about = named(context);
  if (about.user != nullptr) return tag_of(about.user->tags, key);
  if (about.role != nullptr) return tag_of(about.role->tags, key);
  if (const auto* policy = context.state->policy_of_arn(context.form.text("PolicyArn"))) {
    if (policy->account == context.account()) return tag_of(policy->tags, key);
  }
  return std::nullopt;
}

struct Computed {
  std::string_view key;
  Values (*values)(const Context&);
};
constexpr auto kComputed = std::to_array<Computed>({
    {"aws:tagkeys", tag_keys},
    {"iam:permissionsboundary", boundary},
    {"iam:policyarn", [](const Context& c) { return of_form(c, "PolicyArn"); }},
});

constexpr std::string_view kRequestTag = "aws:requesttag/";
constexpr std::array<std::string_view, 2> kResourceTags = {"aws:resourcetag/", "iam:resourcetag/"};

}  // namespace

Named named(const Context& context) {
  Named out;
  if (const auto user = context.form.get("UserName")) {
    out.user = user_named(context, std::string(*user));
  } else if (const auto role = context.form.get("RoleName")) {
    out.role = role_named(context, std::string(*role));
  }
  return out;
}

std::optional<std::vector<std::string>> CallFacts::values(std::string_view key) const {
  if (key.starts_with(kRequestTag)) return request_tag(context_, key.substr(kRequestTag.size()));
  for (const std::string_view prefix : kResourceTags) {
    if (key.starts_with(prefix)) return resource_tag(context_, key.substr(prefix.size()));
  }
  const auto* const found = std::ranges::find(kComputed, key, &Computed::key);
  return found == kComputed.end() ? std::nullopt : found->values(context_);
}

}  // namespace muzn::iam
