#include "control/leaf.h"

#include <algorithm>

#include "audit/commitment.h"
#include "audit/declare.h"
#include "control/charter_json.h"
#include "control/limit_amounts.h"
#include "policy/managed.h"

namespace muzn::control {
namespace {

using codec::Json;

constexpr std::string_view kAccountName = "account_id";  // as which an account's id is hidden
constexpr std::string_view kRoot = "root";

// Writes a leaf for an act on `before`.
class Writer {
 public:
  Writer(const State& before, const Act& act, std::string_view salt)
      : before_(before), salt_(salt) {
    out_.leaf_class = audit::kControlClass;
    out_.kind = kind_name(act.body);
    out_.sequence = act.sequence;
    // A clock that is out of its mind is no reason to have no leaf.
    out_.time = std::clamp(act.time, Time{}, from_micros(audit::kLeafNumberMax));
    actor(act.actor);
    hide("actor", act.actor);
    hide("request_id", act.request_id);
    hide(kActCommitment, act_to_json(act));
  }

  void operator()(const Genesis& body) {
    out_.facts["region"] = body.region;
    new_account(body.account);
  }
  void operator()(const CreateAccount& body) { new_account(body.account); }
  void operator()(const DeleteAccount& body) { account(body.id); }
  void operator()(const CreateUser& body) {
    account(body.user.account);
    out_.facts["user"] = body.user.id;
    hide("user_name", body.user.name);
    boundary(body.user.account, body.user.boundary);
  }
  void operator()(const DeleteUser& body) {
    account(body.account);
    out_.facts["user"] = user(body.account, body.name);
  }
  void operator()(const CreateKey& body) {
    account(body.key.account);
    out_.facts["user"] = user(body.key.account, body.key.user);
    out_.facts["active"] = body.key.status == KeyStatus::kActive;
    out_.facts["secret"] = body.commitment;
    hide("access_key", body.key.access_key);
  }
  void operator()(const SetKeyStatus& body) {
    key(body.access_key);
    out_.facts["active"] = body.status == KeyStatus::kActive;
  }
  void operator()(const DeleteKey& body) { key(body.access_key); }
  void operator()(const PutPublicAccessBlock& body) {
    bucket(body.bucket);
    block(body.block);
  }
  void operator()(const DeletePublicAccessBlock& body) { bucket(body.bucket); }
  void operator()(const PutBucketPolicy& body) {
    bucket(body.bucket);
    hide("policy", body.policy);
  }
  void operator()(const DeleteBucketPolicy& body) { bucket(body.bucket); }
  void operator()(const ForgetBucket& body) { bucket(body.bucket); }
  void operator()(const PutLockDefault& body) {
    bucket(body.bucket);
    out_.facts["compliance"] = body.rule.compliance;
    out_.facts["days"] = body.rule.days;
    out_.facts["years"] = body.rule.years;
  }
  void operator()(const DeleteLockDefault& body) { bucket(body.bucket); }
  void operator()(const PutAccountPublicAccessBlock& body) {
    account(body.account);
    block(body.block);
  }
  void operator()(const DeleteAccountPublicAccessBlock& body) { account(body.account); }
  void operator()(const SetGranularity& body) {
    if (!body.bucket.id.empty()) bucket(body.bucket);
    account(body.account);
    out_.facts["level"] = audit::granularity_name(body.level);
  }

  void operator()(const SetLimits& body) {
    if (!body.bucket.id.empty()) bucket(body.bucket);
    account(body.account);
    out_.facts["user"] = body.user.empty() ? "" : user(body.account, body.user);
    out_.facts["limits"] = limits_json(body.limits);
  }

  void operator()(const ChangeSealingKey& body) {
    account(before_.operator_account().id);
    out_.facts["key"] = body.key;
  }

  void operator()(const Declare& body) { audit::put_declaration(body.declaration, out_.facts); }

  void operator()(const PutTrail& body) {
    account(body.trail.account);
    out_.facts["log_file_validation"] = body.trail.log_file_validation;
    hide("trail_name", body.trail.name);
    hide("bucket_name", body.trail.bucket);
  }
  void operator()(const DeleteTrail& body) {
    account(body.account);
    hide("trail_name", body.name);
  }
  void operator()(const SetTrailLogging& body) {
    account(body.account);
    out_.facts["logging"] = body.logging;
    hide("trail_name", body.name);
  }

  void operator()(const CreateGroup& body) { fresh(body.group); }
  void operator()(const DeleteIam& body) { thing(body.what); }
  void operator()(const RenameIam& body) {
    thing(body.what);
    hide("new_name", body.name);
    hide("new_path", body.path);
  }
  void operator()(const CreateRole& body) {
    fresh(body.role);
    boundary(body.role.account, body.role.boundary);
    hide("policy", body.trust);
  }
  void operator()(const UpdateRole& body) { thing({body.account, IamKind::kRole, body.name}); }
  void operator()(const PutTrustPolicy& body) {
    thing({body.account, IamKind::kRole, body.role});
    hide("policy", body.policy);
  }
  void operator()(const AddUserToGroup& body) { membership(body.account, body.group, body.user); }
  void operator()(const RemoveUserFromGroup& body) {
    membership(body.account, body.group, body.user);
  }
  void operator()(const PutInlinePolicy& body) {
    thing(body.who);
    hide("policy_name", body.name);
    hide("policy", body.policy);
  }
  void operator()(const DeleteInlinePolicy& body) {
    thing(body.who);
    hide("policy_name", body.name);
  }
  void operator()(const AttachPolicy& body) {
    thing(body.who);
    out_.facts["policy"] = policy(body.who.account, body.policy_arn);
  }
  void operator()(const DetachPolicy& body) {
    thing(body.who);
    out_.facts["policy"] = policy(body.who.account, body.policy_arn);
  }
  void operator()(const SetBoundary& body) {
    thing(body.who);
    boundary(body.who.account, body.policy_arn);
  }
  void operator()(const CreatePolicy& body) {
    fresh(body.policy);
    hide("policy", body.document);
  }
  void operator()(const CreatePolicyVersion& body) {
    thing({body.account, IamKind::kPolicy, body.name});
    const auto found = before_.iam.policies.find({body.account, body.name});
    out_.facts["version"] =
        found == before_.iam.policies.end() ? 0 : found->second.newest_version + 1;
    out_.facts["default"] = body.as_default;
    hide("policy", body.document);
  }
  void operator()(const DeletePolicyVersion& body) {
    thing({body.account, IamKind::kPolicy, body.name});
    out_.facts["version"] = body.version;
  }
  void operator()(const SetDefaultPolicyVersion& body) {
    thing({body.account, IamKind::kPolicy, body.name});
    out_.facts["version"] = body.version;
  }
  void operator()(const PutTags& body) {
    thing(body.what);
    hide("tags", codec::dump_json(body.tags));
  }
  void operator()(const DeleteTags& body) {
    thing(body.what);
    hide("tags", codec::dump_json(body.keys));
  }
  void operator()(const PutProvider& body) {
    thing({body.provider.account, IamKind::kProvider, body.provider.url});
    hide("url", body.provider.url);
  }
  void operator()(const SetAccountAlias& body) {
    account(body.account);
    out_.facts["has_alias"] = !body.alias.empty();
    hide("alias", body.alias);
  }

  void operator()(const AppointOfficer& body) {
    signed_by(subject_of(before_, body), body.approvals);
    out_.facts["officer"] = body.officer.public_key;
    out_.facts["duties"] = joined(body.officer.duties);
    hide("officer_name", body.officer.name);
  }
  void operator()(const DismissOfficer& body) {
    signed_by(subject_of(before_, body), body.approvals);
    out_.facts["officer"] = body.public_key;
  }
  void operator()(const PutCharter& body) {
    const Charter& charter = body.charter;
    account(charter.account);
    signed_by(subject_of(before_, body), body.approvals);
    out_.facts["jurisdictions"] = joined(charter.jurisdictions);
    out_.facts["services"] = joined(charter.services);
    out_.facts["purposes"] = Json::object();
    for (const Purpose& purpose : charter.purposes) {
      out_.facts["purposes"][purpose.id] = purpose.use;
    }
    out_.facts["default_purpose"] = charter.default_purpose;
    out_.facts["acceptable_use"] = charter.acceptable_use;
    out_.facts["quotas"] = limits_json(charter.quotas);
    out_.facts["from_micros"] = static_cast<std::uint64_t>(to_micros(charter.from));
    out_.facts["until_micros"] = static_cast<std::uint64_t>(to_micros(charter.until));
    out_.facts["signatory"] = charter.signatory;
    hide("legal_name", charter.legal_name);
    hide("charter", codec::dump_json(charter_json(charter)));
  }
  void operator()(const SetBucketPurpose& body) {
    bucket(body.bucket);
    account(body.account);
    out_.facts["purpose"] = body.purpose;
  }

  audit::Leaf finish() { return std::move(out_); }

 private:
  void hide(std::string_view name, std::string_view value) {
    out_.hidden[std::string(name)] = audit::commit_to(salt_, name, value);
  }

  static std::string joined(const std::set<std::string>& words) {
    std::string out;
    for (const std::string& word : words) out.append(out.empty() ? "" : ",").append(word);
    return out;
  }
  void signed_by(const audit::Subject& subject, const audit::Approvals& approvals) {
    out_.facts["installation"] = subject.installation;
    out_.facts["about"] = subject.about;
    out_.facts["step"] = subject.step;
    out_.facts["body"] = subject.body;
    out_.facts["approvals"] = Json::object();
    for (const auto& [key, signature] : approvals) out_.facts["approvals"][key] = signature;
  }

  std::string handle(std::string_view id) const {
    const Account* const found = before_.account(id);
    return found == nullptr ? "" : found->handle;
  }
  // "root", or the id of a user.
  std::string user(const std::string& account, const std::string& name) const {
    if (name.empty()) return std::string(kRoot);
    const auto found = before_.users.find({account, name});
    return found == before_.users.end() ? "" : found->second.id;
  }

  // The id of a user, a group, a role or a policy; "provider".
  std::string id_of(const IamRef& what) const {
    const auto of = [](const auto& things, const IamRef& ref) {
      const auto found = things.find({ref.account, ref.name});
      return found == things.end() ? std::string() : found->second.id;
    };
    switch (what.kind) {
      case IamKind::kUser:
        return of(before_.users, what);
      case IamKind::kGroup:
        return of(before_.iam.groups, what);
      case IamKind::kRole:
        return of(before_.iam.roles, what);
      case IamKind::kPolicy:
        return of(before_.iam.policies, what);
      case IamKind::kProvider:
        break;
    }
    return std::string(kind_word(what.kind));
  }
  void thing(const IamRef& what) {
    account(what.account);
    out_.facts["thing"] = id_of(what);
  }
  void fresh(const auto& thing) {
    account(thing.account);
    out_.facts["thing"] = thing.id;
    hide("name", thing.name);
    hide("path", thing.path);
  }
  void membership(const std::string& owner, const std::string& group, const std::string& name) {
    thing({owner, IamKind::kGroup, group});
    out_.facts["user"] = user(owner, name);
  }
  // An account's policy by its id, AWS's by its ARN, which is the same everywhere.
  std::string policy(const std::string& owner, const std::string& arn) const {
    const ManagedPolicy* const own = before_.policy_of_arn(arn);
    if (own != nullptr) return own->account == owner ? own->id : "";
    return policy::find_managed(arn) == nullptr ? "" : arn;
  }
  void boundary(const std::string& owner, const std::string& arn) {
    if (!arn.empty()) out_.facts["boundary"] = policy(owner, arn);
  }

  // Who: the account's handle and "root" or a user's or a role's id, both "" of who is neither.
  void actor(std::string_view arn) {
    std::string account;
    std::string who;
    if (const User* const user = before_.user_of_arn(arn)) {
      account = handle(user->account);
      who = user->id;
    } else if (const Role* const role = before_.role_of_session_arn(arn)) {
      account = handle(role->account);
      who = role->id;
    } else if (const Account* const root = before_.account_of_root_arn(arn)) {
      account = root->handle;
      who = kRoot;
    }
    out_.facts["actor"] = {{"account", account}, {"user", who}};
    actor_account_ = std::move(account);
  }

  void new_account(const Account& account) {
    hide(kAccountName, account.id);
    hide("canonical_id", account.canonical_id);
    hide("display_name", account.display_name);
    hide("email", account.email);
    out_.account = account_handle(salt_, account.id);
  }
  void account(std::string_view id) { out_.account = handle(id); }
  void key(std::string_view access_key) {
    const AccessKey* const found = before_.key(access_key);
    if (found == nullptr) return;
    account(found->account);
    out_.facts["made_by"] = found->made_by;
  }
  // Control state does not know whose a bucket is: mostly it is the account of who acts.
  void bucket(const BucketRef& bucket) {
    out_.account = actor_account_;
    out_.facts["bucket"] = bucket.id;
    hide("bucket_name", bucket.name);
  }
  void block(const policy::PublicAccessBlock& block) {
    out_.facts["block_public_acls"] = block.block_public_acls;
    out_.facts["ignore_public_acls"] = block.ignore_public_acls;
    out_.facts["block_public_policy"] = block.block_public_policy;
    out_.facts["restrict_public_buckets"] = block.restrict_public_buckets;
  }

  const State& before_;
  const std::string_view salt_;
  audit::Leaf out_;
  std::string actor_account_;
};

}  // namespace

std::string account_handle(std::string_view salt, std::string_view id) {
  return audit::commit_to(salt, kAccountName, id);
}

void give_handle(Act& act, std::string_view salt) {
  Account* account = nullptr;
  if (auto* body = std::get_if<Genesis>(&act.body)) account = &body->account;
  if (auto* body = std::get_if<CreateAccount>(&act.body)) account = &body->account;
  if (account != nullptr) account->handle = account_handle(salt, account->id);
}

audit::Leaf leaf_of(const State& before, const Act& act, std::string_view salt) {
  Writer writer(before, act, salt);
  std::visit(writer, act.body);
  return writer.finish();
}

}  // namespace muzn::control
