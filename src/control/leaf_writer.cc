// What the operators of LeafWriter are made of.
#include "control/leaf_writer.h"

#include <algorithm>

#include "audit/commitment.h"
#include "control/leaf.h"
#include "policy/managed.h"

namespace muzn::control {
namespace {

using codec::Json;

constexpr std::string_view kAccountName = "account_id";  // as which an account's id is hidden
constexpr std::string_view kRoot = "root";

}  // namespace

LeafWriter::LeafWriter(const State& before, const Act& act, std::string_view salt)
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

void LeafWriter::hide(std::string_view name, std::string_view value) {
  out_.hidden[std::string(name)] = audit::commit_to(salt_, name, value);
}

std::string LeafWriter::joined(const std::set<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out.append(out.empty() ? "" : ",").append(word);
  return out;
}

void LeafWriter::signed_by(const audit::Subject& subject, const audit::Approvals& approvals) {
  out_.facts["installation"] = subject.installation;
  out_.facts["about"] = subject.about;
  out_.facts["step"] = subject.step;
  out_.facts["body"] = subject.body;
  out_.facts["approvals"] = Json::object();
  for (const auto& [key, signature] : approvals) out_.facts["approvals"][key] = signature;
}

std::string LeafWriter::handle(std::string_view id) const {
  const Account* const found = before_.account(id);
  return found == nullptr ? "" : found->handle;
}

std::string LeafWriter::user(const std::string& account, const std::string& name) const {
  if (name.empty()) return std::string(kRoot);
  const auto found = before_.users.find({account, name});
  return found == before_.users.end() ? "" : found->second.id;
}

std::string LeafWriter::id_of(const IamRef& what) const {
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

void LeafWriter::thing(const IamRef& what) {
  account(what.account);
  out_.facts["thing"] = id_of(what);
}

void LeafWriter::membership(const std::string& owner, const std::string& group,
                            const std::string& name) {
  thing({owner, IamKind::kGroup, group});
  out_.facts["user"] = user(owner, name);
}

std::string LeafWriter::policy(const std::string& owner, const std::string& arn) const {
  const ManagedPolicy* const own = before_.policy_of_arn(arn);
  if (own != nullptr) return own->account == owner ? own->id : "";
  return policy::find_managed(arn) == nullptr ? "" : arn;
}

void LeafWriter::boundary(const std::string& owner, const std::string& arn) {
  if (!arn.empty()) out_.facts["boundary"] = policy(owner, arn);
}

void LeafWriter::actor(std::string_view arn) {
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

void LeafWriter::new_account(const Account& account) {
  hide(kAccountName, account.id);
  hide("canonical_id", account.canonical_id);
  hide("display_name", account.display_name);
  hide("email", account.email);
  out_.account = account_handle(salt_, account.id);
}

void LeafWriter::account(std::string_view id) {
  out_.account = handle(id);
}

void LeafWriter::key(std::string_view access_key) {
  const AccessKey* const found = before_.key(access_key);
  if (found == nullptr) return;
  account(found->account);
  out_.facts["made_by"] = found->made_by;
}

void LeafWriter::bucket(const BucketRef& bucket) {
  out_.account = actor_account_;
  out_.facts["bucket"] = bucket.id;
  hide("bucket_name", bucket.name);
}

void LeafWriter::block(const policy::PublicAccessBlock& block) {
  out_.facts["block_public_acls"] = block.block_public_acls;
  out_.facts["ignore_public_acls"] = block.ignore_public_acls;
  out_.facts["block_public_policy"] = block.block_public_policy;
  out_.facts["restrict_public_buckets"] = block.restrict_public_buckets;
}

std::string account_handle(std::string_view salt, std::string_view id) {
  return audit::commit_to(salt, kAccountName, id);
}

}  // namespace muzn::control
