// Managed policies, of an account and of AWS, as calls look at them. Pure.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "control/state.h"
#include "iam/args.h"
#include "iam/reply.h"
#include "policy/document.h"
#include "policy/managed.h"

namespace muzn::iam {

// Borrowed of the state, or AWS's.
struct PolicyView {
  std::string arn;
  std::string_view name;
  std::string_view id;
  std::string_view path = "/";
  std::string_view description;
  Time created;
  Time updated;
  std::uint32_t default_version = 1;
  control::PolicyUse use;                       // in the caller's account
  const control::ManagedPolicy* own = nullptr;  // nullptr: AWS's
  const policy::Managed* from_aws = nullptr;
};
PolicyView view_of(const Context& context, const control::ManagedPolicy& policy);
PolicyView view_of(const Context& context, const policy::Managed& policy);
// The one that PolicyArn names, of the account or AWS's. Failures: ValidationError, NoSuchEntity.
Read<PolicyView> find_policy(const Context& context);
// The same, to be changed. Failures: also AccessDenied (AWS's).
Read<const control::ManagedPolicy*> find_own_policy(const Context& context);

// The members, without an element around them.
void write_policy_members(codec::XmlWriter& out, const PolicyView& policy);
// <member> of AttachedPolicies.
void write_attached(codec::XmlWriter& out, const std::string& arn);
void write_attached_list(codec::XmlWriter& out, const control::Grants& grants);

// "/team/" of ".../policy/team/Name".
std::string path_of_policy(std::string_view arn);
std::string version_id(std::uint32_t version);  // "v1"

// PolicyDocument, or what `name` says, judged. Failures: ValidationError, MalformedPolicyDocument
// (with the place).
Read<std::string> document_of(const Form& form, policy::Attachment attachment,
                              std::string_view name = "PolicyDocument");

}  // namespace muzn::iam
