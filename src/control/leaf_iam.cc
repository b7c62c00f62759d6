// The leaves of acts about identities.
#include "control/leaf_writer.h"

namespace muzn::control {

void LeafWriter::operator()(const CreateGroup& body) {
  fresh(body.group);
}

void LeafWriter::operator()(const DeleteIam& body) {
  thing(body.what);
}

void LeafWriter::operator()(const RenameIam& body) {
  thing(body.what);
  hide("new_name", body.name);
  hide("new_path", body.path);
}

void LeafWriter::operator()(const CreateRole& body) {
  fresh(body.role);
  boundary(body.role.account, body.role.boundary);
  hide("policy", body.trust);
}

void LeafWriter::operator()(const UpdateRole& body) {
  thing({body.account, IamKind::kRole, body.name});
}

void LeafWriter::operator()(const PutTrustPolicy& body) {
  thing({body.account, IamKind::kRole, body.role});
  hide("policy", body.policy);
}

void LeafWriter::operator()(const AddUserToGroup& body) {
  membership(body.account, body.group, body.user);
}

void LeafWriter::operator()(const RemoveUserFromGroup& body) {
  membership(body.account, body.group, body.user);
}

void LeafWriter::operator()(const PutInlinePolicy& body) {
  thing(body.who);
  hide("policy_name", body.name);
  hide("policy", body.policy);
}

void LeafWriter::operator()(const DeleteInlinePolicy& body) {
  thing(body.who);
  hide("policy_name", body.name);
}

void LeafWriter::operator()(const AttachPolicy& body) {
  thing(body.who);
  out_.facts["policy"] = policy(body.who.account, body.policy_arn);
}

void LeafWriter::operator()(const DetachPolicy& body) {
  thing(body.who);
  out_.facts["policy"] = policy(body.who.account, body.policy_arn);
}

void LeafWriter::operator()(const SetBoundary& body) {
  thing(body.who);
  boundary(body.who.account, body.policy_arn);
}

void LeafWriter::operator()(const CreatePolicy& body) {
  fresh(body.policy);
  hide("policy", body.document);
}

void LeafWriter::operator()(const CreatePolicyVersion& body) {
  thing({body.account, IamKind::kPolicy, body.name});
  const auto found = before_.iam.policies.find({body.account, body.name});
  out_.facts["version"] =
      found == before_.iam.policies.end() ? 0 : found->second.newest_version + 1;
  out_.facts["default"] = body.as_default;
  hide("policy", body.document);
}

void LeafWriter::operator()(const DeletePolicyVersion& body) {
  thing({body.account, IamKind::kPolicy, body.name});
  out_.facts["version"] = body.version;
}

void LeafWriter::operator()(const SetDefaultPolicyVersion& body) {
  thing({body.account, IamKind::kPolicy, body.name});
  out_.facts["version"] = body.version;
}

void LeafWriter::operator()(const PutTags& body) {
  thing(body.what);
  hide("tags", codec::dump_json(body.tags));
}

void LeafWriter::operator()(const DeleteTags& body) {
  thing(body.what);
  hide("tags", codec::dump_json(body.keys));
}

void LeafWriter::operator()(const PutProvider& body) {
  thing({body.provider.account, IamKind::kProvider, body.provider.url});
  hide("url", body.provider.url);
}

void LeafWriter::operator()(const SetAccountAlias& body) {
  account(body.account);
  out_.facts["has_alias"] = !body.alias.empty();
  hide("alias", body.alias);
}

}  // namespace muzn::control
