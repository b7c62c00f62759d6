#include "iam/policies.h"

#include <fmt/format.h>

#include <chrono>

#include "iam/shapes.h"

namespace muzn::iam {
namespace {

constexpr std::string_view kPolicyPart = ":policy";

// AWS's are of no day of ours.
Time aws_time() {
  using namespace std::chrono;
  return Time(sys_days(2015y / February / 6));
}

std::unexpected<Failure> no_policy(std::string_view arn) {
  constexpr std::size_t kShownMax = 2048;
  return no_such(fmt::format("Policy {} was not found.", arn.substr(0, kShownMax)));
}

}  // namespace

PolicyView view_of(const Context& context, const control::ManagedPolicy& policy) {
  std::string arn = arn_of(policy);
  const control::PolicyUse use = context.state->policy_use(context.account(), arn);
  return {.arn = std::move(arn),
          .name = policy.name,
          .id = policy.id,
          .path = policy.path,
          .description = policy.description,
          .created = policy.created,
          .updated = policy.updated,
          .default_version = policy.default_version,
          .use = use,
          .own = &policy};
}

PolicyView view_of(const Context& context, const policy::Managed& policy) {
  std::string arn = std::string(policy::kManagedArnPrefix).append(policy.name);
  const control::PolicyUse use = context.state->policy_use(context.account(), arn);
  return {.arn = std::move(arn),
          .name = policy.name,
          .id = policy.id,
          .description = policy.description,
          .created = aws_time(),
          .updated = aws_time(),
          .use = use,
          .from_aws = &policy};
}

Read<PolicyView> find_policy(const Context& context) {
  TRY(const std::string arn, required(context.form, "PolicyArn"));
  if (const policy::Managed* const managed = policy::find_managed(arn)) {
    return view_of(context, *managed);
  }
  const control::ManagedPolicy* const own = context.state->policy_of_arn(arn);
  if (own == nullptr || own->account != context.account()) return no_policy(arn);
  return view_of(context, *own);
}

Read<const control::ManagedPolicy*> find_own_policy(const Context& context) {
  TRY(const PolicyView found, find_policy(context));
  if (found.own == nullptr) {
    return refuse("AccessDenied", "The policy " + found.arn + " is AWS's: it cannot be changed.");
  }
  return found.own;
}

void write_policy_members(codec::XmlWriter& out, const PolicyView& policy) {
  out.element("PolicyName", policy.name).element("PolicyId", policy.id);
  out.element("Arn", policy.arn).element("Path", policy.path);
  out.element("DefaultVersionId", version_id(policy.default_version));
  out.element("AttachmentCount", policy.use.attached);
  out.element("PermissionsBoundaryUsageCount", policy.use.boundaries);
  out.element("IsAttachable", true);
  out.element("CreateDate", iso8601(policy.created));
  out.element("UpdateDate", iso8601(policy.updated));
}

void write_attached(codec::XmlWriter& out, const std::string& arn) {
  out.open("member");
  out.element("PolicyName", std::string_view(arn).substr(arn.rfind('/') + 1));
  out.element("PolicyArn", arn);
  out.close();
}

void write_attached_list(codec::XmlWriter& out, const control::Grants& grants) {
  out.open("AttachedManagedPolicies");
  for (const std::string& arn : grants.attached) write_attached(out, arn);
  out.close();
}

std::string path_of_policy(std::string_view arn) {
  const std::size_t at = arn.find(kPolicyPart);
  if (at == std::string_view::npos) return "/";
  arn.remove_prefix(at + kPolicyPart.size());
  return std::string(arn.substr(0, arn.rfind('/') + 1));
}

std::string version_id(std::uint32_t version) {
  return fmt::format("v{}", version);
}

Read<std::string> document_of(const Form& form, policy::Attachment attachment,
                              std::string_view name) {
  TRY(std::string text, required(form, name));
  if (text.size() > policy::kPolicyTextMax) {
    return refuse("LimitExceeded", "a policy's text has at most 64 KiB, white space included");
  }
  const auto read = policy::parse_policy(text, attachment);
  if (!read) return refuse("MalformedPolicyDocument", read.error().what);
  return text;
}

}  // namespace muzn::iam
