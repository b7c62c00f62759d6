#include "policy/managed.h"

#include <algorithm>
#include <array>
#include <vector>

namespace muzn::policy {
namespace {

// `document` is set when it is read. By name.
constexpr auto kTable = std::to_array<Managed>({
    {"AWSCloudTrail_FullAccess", "ANPAZKAPJZG4ONQKDZXLN", "Provides full access to AWS CloudTrail.",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"cloudtrail:*",)"
     R"("Resource":"*"}]})"},
    {"AWSCloudTrail_ReadOnlyAccess", "ANPAZKAPJZG4MXEKM3IJS",
     "Provides read only access to AWS CloudTrail.",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["cloudtrail:Get*",)"
     R"("cloudtrail:Describe*","cloudtrail:List*","cloudtrail:LookupEvents"],"Resource":"*"}]})"},
    {"AdministratorAccess", "ANPAIWMBCKSKIEE64ZLYK",
     "Provides full access to AWS services and resources.",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})"},
    {"AmazonS3FullAccess", "ANPAIFIR6V6BVTRAHWINE", "Provides full access to all buckets.",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*",)"
     R"("Resource":"*"}]})"},
    {"AmazonS3ReadOnlyAccess", "ANPAIZTJ4DXE7G6AGAE6M", "Provides read only access to all buckets.",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:Get*","s3:List*",)"
     R"("s3:Describe*"],"Resource":"*"}]})"},
    {"IAMFullAccess", "ANPAI7XKCFMBPM3QQRRVQ", "Provides full access to IAM.",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*",)"
     R"("Resource":"*"}]})"},
    {"IAMReadOnlyAccess", "ANPAJKSO7NDY4T57MWDSQ", "Provides read only access to IAM.",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:Get*","iam:List*",)"
     R"("iam:GenerateCredentialReport","iam:GenerateServiceLastAccessedDetails",)"
     R"("iam:SimulateCustomPolicy","iam:SimulatePrincipalPolicy"],"Resource":"*"}]})"},
    // Not the installation's own either: with its keys one would be who one is not.
    {"PowerUserAccess", "ANPAJYRXTHIB4FOVS3ZXS",
     "Provides full access to services and resources, but not to the management of identities.",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":["iam:*","muzn:*",)"
     R"("organizations:*","account:*"],"Resource":"*"},{"Effect":"Allow","Action":[)"
     R"("iam:ListRoles","muzn:WhoAmI"],"Resource":"*"}]})"},
    {"ReadOnlyAccess", "ANPAILL3HVNFSB6DCOWYQ", "Provides read only access to services.",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:Get*","s3:List*",)"
     R"("iam:Get*","iam:List*","iam:Simulate*","iam:Generate*","sts:GetCallerIdentity",)"
     R"("cloudtrail:Get*","cloudtrail:Describe*","cloudtrail:List*","cloudtrail:LookupEvents"],)"
     R"("Resource":"*"}]})"},
});

struct Library {
  std::vector<Document> documents;
  std::vector<Managed> policies;
};
Library read_all() {
  Library out;
  out.documents.reserve(kTable.size());  // borrowed below
  for (Managed one : kTable) {
    auto document = parse_policy(one.text, Attachment::kIdentity);
    CHECK(document.has_value());
    one.document = &out.documents.emplace_back(*std::move(document));
    out.policies.push_back(one);
  }
  return out;
}

const Library& library() {
  static const Library kLibrary = read_all();
  return kLibrary;
}

}  // namespace

std::span<const Managed> managed_policies() {
  return library().policies;
}

const Managed* find_managed(std::string_view arn) {
  if (!arn.starts_with(kManagedArnPrefix)) return nullptr;
  const auto& policies = library().policies;
  const auto found =
      std::ranges::find(policies, arn.substr(kManagedArnPrefix.size()), &Managed::name);
  return found == policies.end() ? nullptr : &*found;
}

}  // namespace muzn::policy
