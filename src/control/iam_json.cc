#include "control/iam_json.h"

#include "control/act_members.h"

namespace muzn::control {
namespace {

using codec::Json;

// "account", "kind" and "name" of who or what an act speaks of.
Json ref_json(const IamRef& ref) {
  return {{"account", ref.account}, {"kind", kind_word(ref.kind)}, {"name", ref.name}};
}
IamRef ref(Members& in) {
  return {.account = in.text("account"), .kind = in.kind("kind"), .name = in.text("name")};
}

// For the acts of a policy's version.
template <class Body>
Json version_json(const Body& body) {
  return {{"account", body.account}, {"name", body.name}, {"version", body.version}};
}
template <class Body>
Result<ActBody> read_version(const Json& json) {
  Members in(json, {"account", "name", "version"});
  Body out{
      .account = in.text("account"), .name = in.text("name"), .version = in.small_count("version")};
  TRY_VOID(in.check());
  return out;
}

// For the acts of a user and a group.
template <class Body>
Json member_json(const Body& body) {
  return {{"account", body.account}, {"group", body.group}, {"user", body.user}};
}
template <class Body>
Result<ActBody> read_member(const Json& json) {
  Members in(json, {"account", "group", "user"});
  Body out{.account = in.text("account"), .group = in.text("group"), .user = in.text("user")};
  TRY_VOID(in.check());
  return out;
}

// For the acts of a managed policy and who has it.
template <class Body>
Json holder_json(const Body& body) {
  Json out = ref_json(body.who);
  out["policy_arn"] = body.policy_arn;
  return out;
}
template <class Body>
Result<ActBody> read_holder(const Json& json) {
  Members in(json, {"account", "kind", "name", "policy_arn"});
  Body out{.who = ref(in), .policy_arn = in.text("policy_arn")};
  TRY_VOID(in.check());
  return out;
}

}  // namespace

// Members that older acts don't have are left out where they have their default.
Json body_json(const CreateUser& body) {
  const User& user = body.user;
  Json out = {{"account", user.account},
              {"name", user.name},
              {"id", user.id},
              {"created_micros", to_micros(user.created)}};
  if (user.path != "/") out["path"] = user.path;
  if (!user.boundary.empty()) out["boundary"] = user.boundary;
  if (!user.tags.empty()) out["tags"] = user.tags;
  return out;
}
Result<ActBody> read_create_user(const Json& json) {
  Members in(json, {"account", "name", "id", "created_micros"}, {"path", "boundary", "tags"});
  CreateUser out{.user = {.account = in.text("account"),
                          .name = in.text("name"),
                          .id = in.text("id"),
                          .created = in.time("created_micros"),
                          .path = in.text_or("path", "/"),
                          .boundary = in.text_or("boundary", ""),
                          .tags = in.tags_or_none("tags")}};
  TRY_VOID(in.check());
  return out;
}

Json body_json(const DeleteUser& body) {
  return {{"account", body.account}, {"name", body.name}};
}
Result<ActBody> read_delete_user(const Json& json) {
  Members in(json, {"account", "name"});
  DeleteUser out{.account = in.text("account"), .name = in.text("name")};
  TRY_VOID(in.check());
  return out;
}

Json body_json(const CreateGroup& body) {
  return {{"account", body.group.account},
          {"name", body.group.name},
          {"id", body.group.id},
          {"created_micros", to_micros(body.group.created)},
          {"path", body.group.path}};
}
Result<ActBody> read_create_group(const Json& json) {
  Members in(json, {"account", "name", "id", "created_micros", "path"});
  CreateGroup out{.group = {.account = in.text("account"),
                            .name = in.text("name"),
                            .id = in.text("id"),
                            .created = in.time("created_micros"),
                            .path = in.text("path")}};
  TRY_VOID(in.check());
  return out;
}

Json body_json(const DeleteIam& body) {
  return ref_json(body.what);
}
Result<ActBody> read_delete_iam(const Json& json) {
  Members in(json, {"account", "kind", "name"});
  DeleteIam out{.what = ref(in)};
  TRY_VOID(in.check());
  return out;
}

Json body_json(const RenameIam& body) {
  Json out = ref_json(body.what);
  out["new_name"] = body.name;
  out["new_path"] = body.path;
  return out;
}
Result<ActBody> read_rename_iam(const Json& json) {
  Members in(json, {"account", "kind", "name", "new_name", "new_path"});
  RenameIam out{.what = ref(in), .name = in.text("new_name"), .path = in.text("new_path")};
  TRY_VOID(in.check());
  return out;
}

Json body_json(const CreateRole& body) {
  const Role& role = body.role;
  return {{"account", role.account},
          {"name", role.name},
          {"id", role.id},
          {"created_micros", to_micros(role.created)},
          {"path", role.path},
          {"description", role.description},
          {"session_seconds_max", role.session_seconds_max},
          {"boundary", role.boundary},
          {"tags", role.tags},
          {"trust", body.trust}};
}
Result<ActBody> read_create_role(const Json& json) {
  Members in(json, {"account", "name", "id", "created_micros", "path", "description",
                    "session_seconds_max", "boundary", "tags", "trust"});
  CreateRole out{.role = {.account = in.text("account"),
                          .name = in.text("name"),
                          .id = in.text("id"),
                          .created = in.time("created_micros"),
                          .path = in.text("path"),
                          .description = in.text("description"),
                          .session_seconds_max = in.small_count("session_seconds_max"),
                          .boundary = in.text("boundary"),
                          .tags = in.tags("tags")},
                 .trust = in.text("trust")};
  TRY_VOID(in.check());
  return out;
}

Json body_json(const UpdateRole& body) {
  return {{"account", body.account},
          {"name", body.name},
          {"description", body.description},
          {"session_seconds_max", body.session_seconds_max}};
}
Result<ActBody> read_update_role(const Json& json) {
  Members in(json, {"account", "name", "description", "session_seconds_max"});
  UpdateRole out{.account = in.text("account"),
                 .name = in.text("name"),
                 .description = in.text("description"),
                 .session_seconds_max = in.small_count("session_seconds_max")};
  TRY_VOID(in.check());
  return out;
}

Json body_json(const PutTrustPolicy& body) {
  return {{"account", body.account}, {"role", body.role}, {"policy", body.policy}};
}
Result<ActBody> read_put_trust_policy(const Json& json) {
  Members in(json, {"account", "role", "policy"});
  PutTrustPolicy out{
      .account = in.text("account"), .role = in.text("role"), .policy = in.text("policy")};
  TRY_VOID(in.check());
  return out;
}

Json body_json(const AddUserToGroup& body) {
  return member_json(body);
}
Result<ActBody> read_add_user_to_group(const Json& json) {
  return read_member<AddUserToGroup>(json);
}
Json body_json(const RemoveUserFromGroup& body) {
  return member_json(body);
}
Result<ActBody> read_remove_user_from_group(const Json& json) {
  return read_member<RemoveUserFromGroup>(json);
}

Json body_json(const PutInlinePolicy& body) {
  Json out = ref_json(body.who);
  out["policy_name"] = body.name;
  out["policy"] = body.policy;
  return out;
}
Result<ActBody> read_put_inline_policy(const Json& json) {
  Members in(json, {"account", "kind", "name", "policy_name", "policy"});
  PutInlinePolicy out{.who = ref(in), .name = in.text("policy_name"), .policy = in.text("policy")};
  TRY_VOID(in.check());
  return out;
}

Json body_json(const DeleteInlinePolicy& body) {
  Json out = ref_json(body.who);
  out["policy_name"] = body.name;
  return out;
}
Result<ActBody> read_delete_inline_policy(const Json& json) {
  Members in(json, {"account", "kind", "name", "policy_name"});
  DeleteInlinePolicy out{.who = ref(in), .name = in.text("policy_name")};
  TRY_VOID(in.check());
  return out;
}

Json body_json(const AttachPolicy& body) {
  return holder_json(body);
}
Result<ActBody> read_attach_policy(const Json& json) {
  return read_holder<AttachPolicy>(json);
}
Json body_json(const DetachPolicy& body) {
  return holder_json(body);
}
Result<ActBody> read_detach_policy(const Json& json) {
  return read_holder<DetachPolicy>(json);
}
Json body_json(const SetBoundary& body) {
  return holder_json(body);
}
Result<ActBody> read_set_boundary(const Json& json) {
  return read_holder<SetBoundary>(json);
}

Json body_json(const CreatePolicy& body) {
  const ManagedPolicy& policy = body.policy;
  return {{"account", policy.account}, {"name", policy.name},
          {"id", policy.id},           {"created_micros", to_micros(policy.created)},
          {"path", policy.path},       {"description", policy.description},
          {"tags", policy.tags},       {"document", body.document}};
}
Result<ActBody> read_create_policy(const Json& json) {
  Members in(
      json, {"account", "name", "id", "created_micros", "path", "description", "tags", "document"});
  CreatePolicy out{.policy = {.account = in.text("account"),
                              .name = in.text("name"),
                              .id = in.text("id"),
                              .created = in.time("created_micros"),
                              .path = in.text("path"),
                              .description = in.text("description"),
                              .tags = in.tags("tags")},
                   .document = in.text("document")};
  TRY_VOID(in.check());
  return out;
}

Json body_json(const CreatePolicyVersion& body) {
  return {{"account", body.account},
          {"name", body.name},
          {"document", body.document},
          {"as_default", body.as_default},
          {"created_micros", to_micros(body.created)}};
}
Result<ActBody> read_create_policy_version(const Json& json) {
  Members in(json, {"account", "name", "document", "as_default", "created_micros"});
  CreatePolicyVersion out{.account = in.text("account"),
                          .name = in.text("name"),
                          .document = in.text("document"),
                          .as_default = in.boolean("as_default"),
                          .created = in.time("created_micros")};
  TRY_VOID(in.check());
  return out;
}

Json body_json(const DeletePolicyVersion& body) {
  return version_json(body);
}
Result<ActBody> read_delete_policy_version(const Json& json) {
  return read_version<DeletePolicyVersion>(json);
}
Json body_json(const SetDefaultPolicyVersion& body) {
  return version_json(body);
}
Result<ActBody> read_set_default_policy_version(const Json& json) {
  return read_version<SetDefaultPolicyVersion>(json);
}

Json body_json(const PutTags& body) {
  Json out = ref_json(body.what);
  out["tags"] = body.tags;
  return out;
}
Result<ActBody> read_put_tags(const Json& json) {
  Members in(json, {"account", "kind", "name", "tags"});
  PutTags out{.what = ref(in), .tags = in.tags("tags")};
  TRY_VOID(in.check());
  return out;
}

Json body_json(const DeleteTags& body) {
  Json out = ref_json(body.what);
  out["keys"] = body.keys;
  return out;
}
Result<ActBody> read_delete_tags(const Json& json) {
  Members in(json, {"account", "kind", "name", "keys"});
  DeleteTags out{.what = ref(in), .keys = in.texts("keys")};
  TRY_VOID(in.check());
  return out;
}

Json body_json(const PutProvider& body) {
  const Provider& provider = body.provider;
  return {{"account", provider.account},
          {"url", provider.url},
          {"client_ids", provider.client_ids},
          {"thumbprints", provider.thumbprints},
          {"created_micros", to_micros(provider.created)},
          {"tags", provider.tags}};
}
Result<ActBody> read_put_provider(const Json& json) {
  Members in(json, {"account", "url", "client_ids", "thumbprints", "created_micros", "tags"});
  PutProvider out{.provider = {.account = in.text("account"),
                               .url = in.text("url"),
                               .client_ids = in.texts("client_ids"),
                               .thumbprints = in.texts("thumbprints"),
                               .created = in.time("created_micros"),
                               .tags = in.tags("tags")}};
  TRY_VOID(in.check());
  return out;
}

Json body_json(const SetAccountAlias& body) {
  return {{"account", body.account}, {"alias", body.alias}};
}
Result<ActBody> read_set_account_alias(const Json& json) {
  Members in(json, {"account", "alias"});
  SetAccountAlias out{.account = in.text("account"), .alias = in.text("alias")};
  TRY_VOID(in.check());
  return out;
}

}  // namespace muzn::control
