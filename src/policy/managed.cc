#include "policy/managed.h"

#include <algorithm>
#include <array>
#include <vector>

namespace muzn::policy {
namespace {

constexpr std::string_view kArnBegin = "arn:aws:iam::aws:policy";

struct Row {
  std::string_view name;
  std::string_view path;
  std::string_view description;
  std::string_view text;
};

// Ascending by name.
constexpr std::array kRows = {
    Row{"AWSCloudTrail_FullAccess", "/", "Provides full access to AWS CloudTrail.",
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",)"
        R"("Action":["s3:CreateBucket","s3:PutBucketPolicy","s3:PutBucketPublicAccessBlock"],)"
        R"("Resource":["arn:aws:s3:::aws-cloudtrail-logs*"]},{"Effect":"Allow",)"
        R"("Action":["s3:ListAllMyBuckets","s3:GetBucketLocation","s3:GetBucketPolicy"],)"
        R"("Resource":"*"},{"Effect":"Allow","Action":"cloudtrail:*","Resource":"*"}]})"},
    Row{"AWSCloudTrail_ReadOnlyAccess", "/", "Provides read only access to AWS CloudTrail.",
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",)"
        R"("Action":["cloudtrail:Get*","cloudtrail:Describe*","cloudtrail:List*",)"
        R"("cloudtrail:LookupEvents"],"Resource":"*"}]})"},
    Row{"AdministratorAccess", "/", "Provides full access to AWS services and resources.",
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*",)"
        R"("Resource":"*"}]})"},
    Row{"AmazonS3FullAccess", "/",
        "Provides full access to all buckets via the AWS Management Console.",
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",)"
        R"("Action":["s3:*","s3-object-lambda:*"],"Resource":"*"}]})"},
    Row{"AmazonS3ReadOnlyAccess", "/",
        "Provides read only access to all buckets via the AWS Management Console.",
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",)"
        R"("Action":["s3:Get*","s3:List*","s3:Describe*","s3-object-lambda:Get*",)"
        R"("s3-object-lambda:List*"],"Resource":"*"}]})"},
    Row{"AmazonSNSFullAccess", "/",
        "Provides full access to Amazon SNS via the AWS Management Console.",
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["sns:*"],)"
        R"("Resource":"*"}]})"},
    Row{"AmazonSNSReadOnlyAccess", "/",
        "Provides read only access to Amazon SNS via the AWS Management Console.",
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",)"
        R"("Action":["sns:GetTopicAttributes","sns:List*"],"Resource":"*"}]})"},
    Row{"IAMFullAccess", "/", "Provides full access to IAM via the AWS Management Console.",
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",)"
        R"("Action":["iam:*","organizations:DescribeAccount",)"
        R"("organizations:DescribeOrganization","organizations:DescribeOrganizationalUnit",)"
        R"("organizations:DescribePolicy","organizations:ListChildren",)"
        R"("organizations:ListParents","organizations:ListPoliciesForTarget",)"
        R"("organizations:ListRoots","organizations:ListPolicies",)"
        R"("organizations:ListTargetsForPolicy"],"Resource":"*"}]})"},
    Row{"IAMReadOnlyAccess", "/",
        "Provides read only access to IAM via the AWS Management Console.",
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",)"
        R"("Action":["iam:GenerateCredentialReport","iam:GenerateServiceLastAccessedDetails",)"
        R"("iam:Get*","iam:List*","iam:SimulateCustomPolicy","iam:SimulatePrincipalPolicy"],)"
        R"("Resource":"*"}]})"},
    Row{"IAMUserChangePassword", "/",
        "Provides the ability for an IAM user to change their own password.",
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",)"
        R"("Action":["iam:ChangePassword"],"Resource":["arn:aws:iam::*:user/${aws:username}"]},)"
        R"({"Effect":"Allow","Action":["iam:GetAccountPasswordPolicy"],"Resource":"*"}]})"},
    Row{"PowerUserAccess", "/",
        "Provides full access to AWS services and resources, but does not allow management of "
        "Users and groups.",
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",)"
        R"("NotAction":["iam:*","organizations:*","account:*"],"Resource":"*"},)"
        R"({"Effect":"Allow","Action":["account:GetAccountInformation",)"
        R"("account:GetPrimaryEmail","account:ListRegions","iam:CreateServiceLinkedRole",)"
        R"("iam:DeleteServiceLinkedRole","iam:ListRoles","organizations:DescribeOrganization"],)"
        R"("Resource":"*"}]})"},
    Row{"ReadOnlyAccess", "/", "Provides read-only access to AWS services and resources.",
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",)"
        R"("Action":["cloudtrail:Describe*","cloudtrail:Get*","cloudtrail:List*",)"
        R"("cloudtrail:LookupEvents","iam:Generate*","iam:Get*","iam:List*","iam:Simulate*",)"
        R"("s3:DescribeJob","s3:Get*","s3:List*","sns:Check*","sns:Get*","sns:List*",)"
        R"("sts:GetAccessKeyInfo","sts:GetCallerIdentity","sts:GetSessionToken"],)"
        R"("Resource":"*"}]})"},
    Row{"SecurityAudit", "/",
        "The security audit template grants access to read security configuration metadata. It is "
        "useful for software that audits the configuration of an AWS account.",
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",)"
        R"("Action":["cloudtrail:DescribeTrails","cloudtrail:GetEventSelectors",)"
        R"("cloudtrail:GetTrail","cloudtrail:GetTrailStatus","cloudtrail:ListTags",)"
        R"("cloudtrail:ListTrails","cloudtrail:LookupEvents","iam:GenerateCredentialReport",)"
        R"("iam:GenerateServiceLastAccessedDetails","iam:Get*","iam:List*",)"
        R"("iam:SimulateCustomPolicy","iam:SimulatePrincipalPolicy",)"
        R"("s3:GetAccountPublicAccessBlock","s3:GetBucketAcl","s3:GetBucketCORS",)"
        R"("s3:GetBucketLocation","s3:GetBucketLogging","s3:GetBucketNotification",)"
        R"("s3:GetBucketObjectLockConfiguration","s3:GetBucketOwnershipControls",)"
        R"("s3:GetBucketPolicy","s3:GetBucketPolicyStatus","s3:GetBucketPublicAccessBlock",)"
        R"("s3:GetBucketTagging","s3:GetBucketVersioning","s3:GetBucketWebsite",)"
        R"("s3:GetEncryptionConfiguration","s3:GetLifecycleConfiguration","s3:GetObjectAcl",)"
        R"("s3:GetObjectVersionAcl","s3:GetReplicationConfiguration","s3:ListAllMyBuckets",)"
        R"("sns:GetTopicAttributes","sns:ListSubscriptions","sns:ListSubscriptionsByTopic",)"
        R"("sns:ListTagsForResource","sns:ListTopics"],"Resource":"*"}]})"},
};
static_assert(std::ranges::is_sorted(kRows, {}, &Row::name));

}  // namespace

std::span<const AwsPolicy> aws_policies() {
  static const std::vector<AwsPolicy> all = [] {
    std::vector<AwsPolicy> out;
    out.reserve(kRows.size());
    for (const Row& row : kRows) {
      auto document = parse_policy(row.text, Attachment::kIdentity);
      CHECK(document.has_value());
      std::string arn(kArnBegin);
      arn.append(row.path).append(row.name);
      out.push_back({.name = row.name,
                     .path = row.path,
                     .description = row.description,
                     .text = row.text,
                     .arn = std::move(arn),
                     .document = *std::move(document)});
    }
    return out;
  }();
  return all;
}

const AwsPolicy* find_aws_policy(std::string_view arn) {
  const auto all = aws_policies();
  const auto found = std::ranges::find(all, arn, &AwsPolicy::arn);
  return found == all.end() ? nullptr : &*found;
}

}  // namespace muzn::policy
