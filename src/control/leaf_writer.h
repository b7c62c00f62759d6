// Writes the leaf of an act: an operator for each kind, each in the file of its topic. For
// control/leaf.cc.
#pragma once
#include <set>
#include <string>
#include <string_view>

#include "audit/approval.h"
#include "audit/leaf.h"
#include "control/state.h"

namespace muzn::control {

class LeafWriter {
 public:
  // All are borrowed.
  LeafWriter(const State& before, const Act& act, std::string_view salt);

  void operator()(const Genesis& body);
  void operator()(const CreateAccount& body);
  void operator()(const DeleteAccount& body);
  void operator()(const CreateUser& body);
  void operator()(const DeleteUser& body);
  void operator()(const CreateKey& body);
  void operator()(const SetKeyStatus& body);
  void operator()(const DeleteKey& body);
  void operator()(const PutPublicAccessBlock& body);
  void operator()(const DeletePublicAccessBlock& body);
  void operator()(const PutBucketPolicy& body);
  void operator()(const DeleteBucketPolicy& body);
  void operator()(const ForgetBucket& body);
  void operator()(const PutLockDefault& body);
  void operator()(const DeleteLockDefault& body);
  void operator()(const PutAccountPublicAccessBlock& body);
  void operator()(const DeleteAccountPublicAccessBlock& body);
  void operator()(const SetGranularity& body);
  void operator()(const SetLimits& body);
  void operator()(const ChangeSealingKey& body);
  void operator()(const Declare& body);
  void operator()(const PutTrail& body);
  void operator()(const DeleteTrail& body);
  void operator()(const SetTrailLogging& body);
  void operator()(const CreateGroup& body);
  void operator()(const DeleteIam& body);
  void operator()(const RenameIam& body);
  void operator()(const CreateRole& body);
  void operator()(const UpdateRole& body);
  void operator()(const PutTrustPolicy& body);
  void operator()(const AddUserToGroup& body);
  void operator()(const RemoveUserFromGroup& body);
  void operator()(const PutInlinePolicy& body);
  void operator()(const DeleteInlinePolicy& body);
  void operator()(const AttachPolicy& body);
  void operator()(const DetachPolicy& body);
  void operator()(const SetBoundary& body);
  void operator()(const CreatePolicy& body);
  void operator()(const CreatePolicyVersion& body);
  void operator()(const DeletePolicyVersion& body);
  void operator()(const SetDefaultPolicyVersion& body);
  void operator()(const PutTags& body);
  void operator()(const DeleteTags& body);
  void operator()(const PutProvider& body);
  void operator()(const SetAccountAlias& body);
  void operator()(const AppointOfficer& body);
  void operator()(const DismissOfficer& body);
  void operator()(const PutCharter& body);
  void operator()(const SetBucketPurpose& body);
  void operator()(const OpenBreakGlass& body);
  void operator()(const CloseBreakGlass& body);
  void operator()(const FileComplaint& body);
  void operator()(const GiveNotice& body);
  void operator()(const AnswerCase& body);
  void operator()(const DecideCase& body);
  void operator()(const DecideAppeal& body);
  void operator()(const RestrictAtOnce& body);
  void operator()(const CloseExport& body);
  void operator()(const PutSite& body);
  void operator()(const DeleteSite& body);
  void operator()(const SetResidency& body);

  audit::Leaf finish() { return std::move(out_); }

 private:
  void hide(std::string_view name, std::string_view value);
  static std::string joined(const std::set<std::string>& words);
  // What is signed, and by whom.
  void signed_by(const audit::Subject& subject, const audit::Approvals& approvals);
  void of_case(const CaseRef& at);

  std::string handle(std::string_view id) const;
  // "root", or the id of a user.
  std::string user(const std::string& account, const std::string& name) const;
  // The id of a user, a group, a role or a policy; "provider".
  std::string id_of(const IamRef& what) const;
  void thing(const IamRef& what);
  void fresh(const auto& thing) {
    account(thing.account);
    out_.facts["thing"] = thing.id;
    hide("name", thing.name);
    hide("path", thing.path);
  }
  void membership(const std::string& owner, const std::string& group, const std::string& name);
  // An account's policy by its id, AWS's by its ARN, which is the same everywhere.
  std::string policy(const std::string& owner, const std::string& arn) const;
  void boundary(const std::string& owner, const std::string& arn);

  // Who: the account's handle and "root" or a user's or a role's id, both "" of who is neither.
  void actor(std::string_view arn);
  void new_account(const Account& account);
  void account(std::string_view id);
  void key(std::string_view access_key);
  // Control state does not know whose a bucket is: mostly it is the account of who acts.
  void bucket(const BucketRef& bucket);
  void block(const policy::PublicAccessBlock& block);

  const State& before_;
  const std::string_view salt_;
  audit::Leaf out_;
  std::string actor_account_;
};

}  // namespace muzn::control
