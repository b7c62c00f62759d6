// Acts as canonical JSON and back; docs/formats/acts.md draws it.
#include <algorithm>
#include <array>
#include <cstddef>

#include "audit/declare.h"
#include "codec/json.h"
#include "control/act_members.h"
#include "control/break_glass_json.h"
#include "control/charter_json.h"
#include "control/iam_json.h"
#include "control/installation_json.h"
#include "control/limit_amounts.h"
#include "control/residency_json.h"
#include "control/state.h"
#include "control/suspension_json.h"
#include "control/trail_json.h"

namespace muzn::control {
namespace {

using codec::Json;

constexpr std::string_view kSchema = "muzn.act/1";
// --- writing ---

Json account_json(const Account& account) {
  return {{"id", account.id},
          {"canonical_id", account.canonical_id},
          {"display_name", account.display_name},
          {"email", account.email},
          {"is_operator", account.is_operator},
          {"created_micros", to_micros(account.created)}};
}

Json body_json(const Genesis& body) {
  return {{"account", account_json(body.account)}, {"region", body.region}};
}
Json body_json(const CreateAccount& body) {
  return {{"account", account_json(body.account)}};
}
Json body_json(const DeleteAccount& body) {
  return {{"id", body.id}};
}
Json body_json(const CreateKey& body) {
  return {{"access_key", body.key.access_key},
          {"account", body.key.account},
          {"user", body.key.user},
          {"status", status_name(body.key.status)},
          {"created_micros", to_micros(body.key.created)},
          {"commitment", body.commitment}};
}
Json body_json(const SetKeyStatus& body) {
  return {{"access_key", body.access_key}, {"status", status_name(body.status)}};
}
Json body_json(const DeleteKey& body) {
  return {{"access_key", body.access_key}};
}
Json block_json(const policy::PublicAccessBlock& block) {
  return {{"block_public_acls", block.block_public_acls},
          {"ignore_public_acls", block.ignore_public_acls},
          {"block_public_policy", block.block_public_policy},
          {"restrict_public_buckets", block.restrict_public_buckets}};
}
Json body_json(const PutPublicAccessBlock& body) {
  Json out = block_json(body.block);
  out["bucket"] = body.bucket.name;
  out["bucket_id"] = body.bucket.id;
  return out;
}
Json body_json(const PutAccountPublicAccessBlock& body) {
  Json out = block_json(body.block);
  out["account"] = body.account;
  return out;
}
Json body_json(const DeleteAccountPublicAccessBlock& body) {
  return {{"account", body.account}};
}
Json bucket_json(const BucketRef& bucket) {
  return {{"bucket", bucket.name}, {"bucket_id", bucket.id}};
}
Json body_json(const DeletePublicAccessBlock& body) {
  return bucket_json(body.bucket);
}
Json body_json(const ForgetBucket& body) {
  return bucket_json(body.bucket);
}
Json body_json(const PutLockDefault& body) {
  return {{"bucket", body.bucket.name},
          {"bucket_id", body.bucket.id},
          {"mode", body.rule.compliance ? kCompliance : kGovernance},
          {"days", body.rule.days},
          {"years", body.rule.years}};
}
Json body_json(const DeleteLockDefault& body) {
  return bucket_json(body.bucket);
}
Json body_json(const PutBucketPolicy& body) {
  return {{"bucket", body.bucket.name}, {"bucket_id", body.bucket.id}, {"policy", body.policy}};
}
Json body_json(const DeleteBucketPolicy& body) {
  return bucket_json(body.bucket);
}
Json body_json(const SetGranularity& body) {
  Json out = bucket_json(body.bucket);
  out["account"] = body.account;
  out["level"] = audit::granularity_name(body.level);
  return out;
}

Json body_json(const SetLimits& body) {
  Json out = bucket_json(body.bucket);
  out["account"] = body.account;
  out["user"] = body.user;
  out["limits"] = limits_json(body.limits);
  return out;
}

// --- reading ---

Result<Account> read_account(const Json& json) {
  Members in(json,
             {"id", "canonical_id", "display_name", "email", "is_operator", "created_micros"});
  Account out{in.text("id"),    in.text("canonical_id"),   in.text("display_name"),
              in.text("email"), in.boolean("is_operator"), in.time("created_micros")};
  TRY_VOID(in.check());
  return out;
}

Result<ActBody> read_genesis(const Json& json) {
  Members in(json, {"account", "region"});
  const std::string region = in.text("region");
  TRY_VOID(in.check());
  TRY(Account account, read_account(in.object("account")));
  return Genesis{std::move(account), region};
}

Result<ActBody> read_create_account(const Json& json) {
  Members in(json, {"account"});
  TRY_VOID(in.check());
  TRY(Account account, read_account(in.object("account")));
  return CreateAccount{std::move(account)};
}

Result<ActBody> read_delete_account(const Json& json) {
  Members in(json, {"id"});
  DeleteAccount out{in.text("id")};
  TRY_VOID(in.check());
  return out;
}

Result<ActBody> read_create_key(const Json& json) {
  Members in(json, {"access_key", "account", "user", "status", "created_micros", "commitment"});
  CreateKey out;
  out.key.access_key = in.text("access_key");
  out.key.account = in.text("account");
  out.key.user = in.text("user");
  out.key.status = in.status("status");
  out.key.created = in.time("created_micros");
  out.commitment = in.text("commitment");
  TRY_VOID(in.check());
  return out;
}

Result<ActBody> read_set_key_status(const Json& json) {
  Members in(json, {"access_key", "status"});
  SetKeyStatus out{in.text("access_key"), in.status("status")};
  TRY_VOID(in.check());
  return out;
}

Result<ActBody> read_delete_key(const Json& json) {
  Members in(json, {"access_key"});
  DeleteKey out{in.text("access_key")};
  TRY_VOID(in.check());
  return out;
}

Result<ActBody> read_put_public_access_block(const Json& json) {
  Members in(json, {"bucket", "bucket_id", "block_public_acls", "ignore_public_acls",
                    "block_public_policy", "restrict_public_buckets"});
  PutPublicAccessBlock out{{in.text("bucket"), in.text("bucket_id")}, in.block()};
  TRY_VOID(in.check());
  return out;
}

Result<ActBody> read_put_account_public_access_block(const Json& json) {
  Members in(json, {"account", "block_public_acls", "ignore_public_acls", "block_public_policy",
                    "restrict_public_buckets"});
  PutAccountPublicAccessBlock out{in.text("account"), in.block()};
  TRY_VOID(in.check());
  return out;
}

Result<ActBody> read_delete_account_public_access_block(const Json& json) {
  Members in(json, {"account"});
  DeleteAccountPublicAccessBlock out{in.text("account")};
  TRY_VOID(in.check());
  return out;
}

Result<ActBody> read_put_lock_default(const Json& json) {
  Members in(json, {"bucket", "bucket_id", "mode", "days", "years"});
  PutLockDefault out;
  out.bucket = {in.text("bucket"), in.text("bucket_id")};
  out.rule = {.compliance = in.compliance("mode"),
              .days = in.small_count("days"),
              .years = in.small_count("years")};
  TRY_VOID(in.check());
  return out;
}

Result<ActBody> read_put_bucket_policy(const Json& json) {
  Members in(json, {"bucket", "bucket_id", "policy"});
  PutBucketPolicy out{.bucket = {in.text("bucket"), in.text("bucket_id")},
                      .policy = in.text("policy")};
  TRY_VOID(in.check());
  return out;
}

Result<ActBody> read_set_granularity(const Json& json) {
  Members in(json, {"account", "bucket", "bucket_id", "level"});
  SetGranularity out{.account = in.text("account"),
                     .bucket = {in.text("bucket"), in.text("bucket_id")},
                     .level = in.granularity("level")};
  TRY_VOID(in.check());
  return out;
}

Result<ActBody> read_set_limits(const Json& json) {
  Members in(json, {"account", "bucket", "bucket_id", "limits", "user"});
  SetLimits out{.account = in.text("account"),
                .user = in.text("user"),
                .bucket = {in.text("bucket"), in.text("bucket_id")},
                .limits = in.limits("limits")};
  TRY_VOID(in.check());
  return out;
}

// For the acts that only name a bucket.
template <class Body>
Result<ActBody> read_bucket_act(const Json& json) {
  Members in(json, {"bucket", "bucket_id"});
  Body out{{in.text("bucket"), in.text("bucket_id")}};
  TRY_VOID(in.check());
  return out;
}

struct Kind {
  std::string_view name;
  Result<ActBody> (*read)(const Json&);
};
// In the order of ActBody's alternatives. The names are on disk: never change them.
constexpr std::array kKinds = {
    Kind{"genesis", read_genesis},
    Kind{"create_account", read_create_account},
    Kind{"delete_account", read_delete_account},
    Kind{"create_user", read_create_user},
    Kind{"delete_user", read_delete_user},
    Kind{"create_key", read_create_key},
    Kind{"set_key_status", read_set_key_status},
    Kind{"delete_key", read_delete_key},
    Kind{"put_public_access_block", read_put_public_access_block},
    Kind{"delete_public_access_block", read_bucket_act<DeletePublicAccessBlock>},
    Kind{"forget_bucket", read_bucket_act<ForgetBucket>},
    Kind{"put_lock_default", read_put_lock_default},
    Kind{"delete_lock_default", read_bucket_act<DeleteLockDefault>},
    Kind{"put_bucket_policy", read_put_bucket_policy},
    Kind{"delete_bucket_policy", read_bucket_act<DeleteBucketPolicy>},
    Kind{"put_account_public_access_block", read_put_account_public_access_block},
    Kind{"delete_account_public_access_block", read_delete_account_public_access_block},
    Kind{"put_trail", read_put_trail},
    Kind{"delete_trail", read_delete_trail},
    Kind{"set_trail_logging", read_set_trail_logging},
    Kind{"set_granularity", read_set_granularity},
    Kind{"create_group", read_create_group},
    Kind{"delete_iam", read_delete_iam},
    Kind{"rename_iam", read_rename_iam},
    Kind{"create_role", read_create_role},
    Kind{"update_role", read_update_role},
    Kind{"put_trust_policy", read_put_trust_policy},
    Kind{"add_user_to_group", read_add_user_to_group},
    Kind{"remove_user_from_group", read_remove_user_from_group},
    Kind{"put_inline_policy", read_put_inline_policy},
    Kind{"delete_inline_policy", read_delete_inline_policy},
    Kind{"attach_policy", read_attach_policy},
    Kind{"detach_policy", read_detach_policy},
    Kind{"set_boundary", read_set_boundary},
    Kind{"create_policy", read_create_policy},
    Kind{"create_policy_version", read_create_policy_version},
    Kind{"delete_policy_version", read_delete_policy_version},
    Kind{"set_default_policy_version", read_set_default_policy_version},
    Kind{"put_tags", read_put_tags},
    Kind{"delete_tags", read_delete_tags},
    Kind{"put_provider", read_put_provider},
    Kind{"set_account_alias", read_set_account_alias},
    Kind{"set_limits", read_set_limits},
    Kind{"change_sealing_key", read_change_sealing_key},
    Kind{"appoint_officer", read_appoint_officer},
    Kind{"dismiss_officer", read_dismiss_officer},
    Kind{"put_charter", read_put_charter},
    Kind{"set_bucket_purpose", read_set_bucket_purpose},
    Kind{audit::kDeclareKind, read_declare},
    Kind{"open_break_glass", read_open_break_glass},
    Kind{"close_break_glass", read_close_break_glass},
    Kind{"file_complaint", read_file_complaint},
    Kind{audit::kGiveNotice, read_give_notice},
    Kind{audit::kAnswerCase, read_answer_case},
    Kind{audit::kDecideCase, read_decide_case},
    Kind{audit::kDecideAppeal, read_decide_appeal},
    Kind{audit::kRestrictAtOnce, read_restrict_at_once},
    Kind{audit::kCloseExport, read_close_export},
    Kind{"put_site", read_put_site},
    Kind{"delete_site", read_delete_site},
    Kind{"set_residency", read_set_residency},
};
static_assert(kKinds.size() == std::variant_size_v<ActBody>);

}  // namespace

std::string_view kind_name(const ActBody& body) {
  return kKinds[body.index()].name;
}

std::string act_to_json(const Act& act) {
  const Json body = std::visit([](const auto& b) { return body_json(b); }, act.body);
  return codec::dump_json({{"schema", kSchema},
                           {"sequence", act.sequence},
                           {"time_micros", to_micros(act.time)},
                           {"actor", act.actor},
                           {"request_id", act.request_id},
                           {"kind", kind_name(act.body)},
                           {"body", body}});
}

Result<Act> act_from_json(std::string_view json) {
  TRY(const codec::Json document, codec::parse_json(json));
  Members in(document,
             {"schema", "sequence", "time_micros", "actor", "request_id", "kind", "body"});
  Act act;
  act.sequence = in.count("sequence");
  act.time = in.time("time_micros");
  act.actor = in.text("actor");
  act.request_id = in.text("request_id");
  const std::string schema = in.text("schema");
  const std::string kind = in.text("kind");
  TRY_VOID(in.check());
  if (schema != kSchema) return fail(Code::kInvalid, "act: unknown schema");
  const auto* const known = std::ranges::find(kKinds, kind, &Kind::name);
  if (known == kKinds.end()) return fail(Code::kInvalid, "act: unknown kind");
  TRY(act.body, known->read(in.object("body")));
  return act;
}

}  // namespace muzn::control
