// The acts about identities as JSON and back; for control/act_json.cc.
#pragma once
#include "codec/json.h"
#include "control/state.h"

namespace muzn::control {

codec::Json body_json(const CreateUser& body);
codec::Json body_json(const DeleteUser& body);
codec::Json body_json(const CreateGroup& body);
codec::Json body_json(const DeleteIam& body);
codec::Json body_json(const RenameIam& body);
codec::Json body_json(const CreateRole& body);
codec::Json body_json(const UpdateRole& body);
codec::Json body_json(const PutTrustPolicy& body);
codec::Json body_json(const AddUserToGroup& body);
codec::Json body_json(const RemoveUserFromGroup& body);
codec::Json body_json(const PutInlinePolicy& body);
codec::Json body_json(const DeleteInlinePolicy& body);
codec::Json body_json(const AttachPolicy& body);
codec::Json body_json(const DetachPolicy& body);
codec::Json body_json(const SetBoundary& body);
codec::Json body_json(const CreatePolicy& body);
codec::Json body_json(const CreatePolicyVersion& body);
codec::Json body_json(const DeletePolicyVersion& body);
codec::Json body_json(const SetDefaultPolicyVersion& body);
codec::Json body_json(const PutTags& body);
codec::Json body_json(const DeleteTags& body);
codec::Json body_json(const PutProvider& body);
codec::Json body_json(const SetAccountAlias& body);

Result<ActBody> read_create_user(const codec::Json& json);
Result<ActBody> read_delete_user(const codec::Json& json);
Result<ActBody> read_create_group(const codec::Json& json);
Result<ActBody> read_delete_iam(const codec::Json& json);
Result<ActBody> read_rename_iam(const codec::Json& json);
Result<ActBody> read_create_role(const codec::Json& json);
Result<ActBody> read_update_role(const codec::Json& json);
Result<ActBody> read_put_trust_policy(const codec::Json& json);
Result<ActBody> read_add_user_to_group(const codec::Json& json);
Result<ActBody> read_remove_user_from_group(const codec::Json& json);
Result<ActBody> read_put_inline_policy(const codec::Json& json);
Result<ActBody> read_delete_inline_policy(const codec::Json& json);
Result<ActBody> read_attach_policy(const codec::Json& json);
Result<ActBody> read_detach_policy(const codec::Json& json);
Result<ActBody> read_set_boundary(const codec::Json& json);
Result<ActBody> read_create_policy(const codec::Json& json);
Result<ActBody> read_create_policy_version(const codec::Json& json);
Result<ActBody> read_delete_policy_version(const codec::Json& json);
Result<ActBody> read_set_default_policy_version(const codec::Json& json);
Result<ActBody> read_put_tags(const codec::Json& json);
Result<ActBody> read_delete_tags(const codec::Json& json);
Result<ActBody> read_put_provider(const codec::Json& json);
Result<ActBody> read_set_account_alias(const codec::Json& json);

}  // namespace muzn::control
