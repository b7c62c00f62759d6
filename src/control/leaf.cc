#include "control/leaf.h"

#include "audit/declare.h"
#include "control/leaf_writer.h"
#include "control/limit_amounts.h"

namespace muzn::control {

void LeafWriter::operator()(const Genesis& body) {
  out_.facts["region"] = body.region;
  new_account(body.account);
}

void LeafWriter::operator()(const CreateAccount& body) {
  new_account(body.account);
}

void LeafWriter::operator()(const DeleteAccount& body) {
  account(body.id);
}

void LeafWriter::operator()(const CreateUser& body) {
  account(body.user.account);
  out_.facts["user"] = body.user.id;
  hide("user_name", body.user.name);
  boundary(body.user.account, body.user.boundary);
}

void LeafWriter::operator()(const DeleteUser& body) {
  account(body.account);
  out_.facts["user"] = user(body.account, body.name);
}

void LeafWriter::operator()(const CreateKey& body) {
  account(body.key.account);
  out_.facts["user"] = user(body.key.account, body.key.user);
  out_.facts["active"] = body.key.status == KeyStatus::kActive;
  out_.facts["secret"] = body.commitment;
  hide("access_key", body.key.access_key);
}

void LeafWriter::operator()(const SetKeyStatus& body) {
  key(body.access_key);
  out_.facts["active"] = body.status == KeyStatus::kActive;
}

void LeafWriter::operator()(const DeleteKey& body) {
  key(body.access_key);
}

void LeafWriter::operator()(const PutPublicAccessBlock& body) {
  bucket(body.bucket);
  block(body.block);
}

void LeafWriter::operator()(const DeletePublicAccessBlock& body) {
  bucket(body.bucket);
}

void LeafWriter::operator()(const PutBucketPolicy& body) {
  bucket(body.bucket);
  hide("policy", body.policy);
}

void LeafWriter::operator()(const DeleteBucketPolicy& body) {
  bucket(body.bucket);
}

void LeafWriter::operator()(const ForgetBucket& body) {
  bucket(body.bucket);
}

void LeafWriter::operator()(const PutLockDefault& body) {
  bucket(body.bucket);
  out_.facts["compliance"] = body.rule.compliance;
  out_.facts["days"] = body.rule.days;
  out_.facts["years"] = body.rule.years;
}

void LeafWriter::operator()(const DeleteLockDefault& body) {
  bucket(body.bucket);
}

void LeafWriter::operator()(const PutAccountPublicAccessBlock& body) {
  account(body.account);
  block(body.block);
}

void LeafWriter::operator()(const DeleteAccountPublicAccessBlock& body) {
  account(body.account);
}

void LeafWriter::operator()(const SetGranularity& body) {
  if (!body.bucket.id.empty()) bucket(body.bucket);
  account(body.account);
  out_.facts["level"] = audit::granularity_name(body.level);
}

void LeafWriter::operator()(const SetLimits& body) {
  if (!body.bucket.id.empty()) bucket(body.bucket);
  account(body.account);
  out_.facts["user"] = body.user.empty() ? "" : user(body.account, body.user);
  out_.facts["limits"] = limits_json(body.limits);
}

void LeafWriter::operator()(const ChangeSealingKey& body) {
  account(before_.operator_account().id);
  out_.facts["key"] = body.key;
}

void LeafWriter::operator()(const Declare& body) {
  audit::put_declaration(body.declaration, out_.facts);
}

void LeafWriter::operator()(const PutTrail& body) {
  account(body.trail.account);
  out_.facts["log_file_validation"] = body.trail.log_file_validation;
  hide("trail_name", body.trail.name);
  hide("bucket_name", body.trail.bucket);
}

void LeafWriter::operator()(const DeleteTrail& body) {
  account(body.account);
  hide("trail_name", body.name);
}

void LeafWriter::operator()(const SetTrailLogging& body) {
  account(body.account);
  out_.facts["logging"] = body.logging;
  hide("trail_name", body.name);
}

void give_handle(Act& act, std::string_view salt) {
  Account* account = nullptr;
  if (auto* body = std::get_if<Genesis>(&act.body)) account = &body->account;
  if (auto* body = std::get_if<CreateAccount>(&act.body)) account = &body->account;
  if (account != nullptr) account->handle = account_handle(salt, account->id);
}

audit::Leaf leaf_of(const State& before, const Act& act, std::string_view salt) {
  LeafWriter writer(before, act, salt);
  std::visit(writer, act.body);
  return writer.finish();
}

}  // namespace muzn::control
