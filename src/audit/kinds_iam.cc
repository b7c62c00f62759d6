// The kinds of acts about identities and what they hold.
#include "audit/kinds.h"

namespace muzn::audit {
namespace {

using enum FactType;
using Names = std::vector<std::string_view>;

KindRule act(std::string_view kind, std::vector<FactRule> facts, Names hidden,
             std::string_view words) {
  return {.leaf_class = kControlClass,
          .kind = kind,
          .whom = Whom::kAccount,
          .facts = std::move(facts),
          .hidden = std::move(hidden),
          .words = words};
}

}  // namespace

std::vector<KindRule> identity_acts() {
  const FactRule thing{"thing", kThing};
  const FactRule version{"version", kNumber};
  const FactRule boundary{"boundary", kGrant, true};
  return {
      act("create_group", {{"thing", kGroup}}, {"name", "path"}, "created the group {thing}"),
      act("delete_iam", {thing}, {}, "deleted {thing}"),
      act("rename_iam", {thing}, {"new_name", "new_path"}, "gave {thing} another name or path"),
      act("create_role", {{"thing", kRole}, boundary}, {"name", "path", "policy"},
          "created the role {thing}"),
      act("update_role", {{"thing", kRole}}, {}, "changed the role {thing}"),
      act("put_trust_policy", {{"thing", kRole}}, {"policy"},
          "set who may assume the role {thing}"),
      act("add_user_to_group", {{"thing", kGroup}, {"user", kUser}}, {},
          "put the user {user} into the group {thing}"),
      act("remove_user_from_group", {{"thing", kGroup}, {"user", kUser}}, {},
          "took the user {user} out of the group {thing}"),
      act("put_inline_policy", {thing}, {"policy_name", "policy"}, "put a policy on {thing}"),
      act("delete_inline_policy", {thing}, {"policy_name"}, "deleted a policy of {thing}"),
      act("attach_policy", {thing, {"policy", kGrant}}, {},
          "attached the policy {policy} to {thing}"),
      act("detach_policy", {thing, {"policy", kGrant}}, {},
          "detached the policy {policy} from {thing}"),
      act("set_boundary", {thing, boundary}, {}, "set or removed the boundary of {thing}"),
      act("create_policy", {{"thing", kPolicy}}, {"name", "path", "policy"},
          "created the policy {thing}"),
      act("create_policy_version", {{"thing", kPolicy}, version, {"default", kFlag}}, {"policy"},
          "made the version {version} of the policy {thing} (default: {default})"),
      act("delete_policy_version", {{"thing", kPolicy}, version}, {},
          "deleted the version {version} of the policy {thing}"),
      act("set_default_policy_version", {{"thing", kPolicy}, version}, {},
          "made the version {version} of the policy {thing} its default"),
      act("put_tags", {thing}, {"tags"}, "put tags on {thing}"),
      act("delete_tags", {thing}, {"tags"}, "removed tags of {thing}"),
      act("put_provider", {{"thing", kThing}}, {"url"}, "put an identity {thing}"),
      act("set_account_alias", {{"has_alias", kFlag}}, {"alias"},
          "set the account's alias, or removed it (there is one: {has_alias})"),
  };
}

}  // namespace muzn::audit
