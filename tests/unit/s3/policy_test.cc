// Names in a bucket's policy, and what its conditions learn of a request.
#include "s3/policy_facts.h"
#include "s3/policy_names.h"
#include "s3/route.h"
#include "unit/s3/bench.h"

namespace muzn::s3 {
namespace {

std::string judge(const std::string& statement, const control::State& state = {}) {
  const auto document = policy::parse_policy(
      R"({"Version":"2012-10-17","Statement":)" + statement + "}", policy::Attachment::kResource);
  if (!document) return "no policy: " + document.error().what;
  const auto checked = check_policy_names(*document, "photos", state);
  return checked ? "" : checked.error().message;
}
std::string names(const std::string& action, const std::string& resource,
                  const std::string& more = R"("Principal":"*")") {
  return judge(R"({"Effect":"Deny","Action":")" + action + R"(","Resource":")" + resource + "\"," +
               more + "}");
}

TEST(PolicyNamesTest, ResourcesLieInTheBucket) {
  for (const char* good : {"arn:aws:s3:::photos/*", "arn:aws:s3:::photos/a/b", "arn:aws:s3:::*/*",
                           "arn:aws:s3:::ph*/x", "arn:aws:s3:::photos*", "*",
                           "arn:aws:s3:::photo?/*", "arn:aws:s3:::photos/${aws:username}/*",
                           "arn:*:s3:::photos/*", "arn:aws:s3:::photos/${aws:PrincipalTag/team}"}) {
    EXPECT_EQ(names("s3:GetObject", good), "") << good;
  }
  for (const char* bad :
       {"arn:aws:s3:::photo/*", "arn:aws:s3:::photos2/*", "arn:aws:s3:::p/photos",
        "arn:aws:s3:::PHOTOS/*", "arn:aws:s3:::videos/${aws:username}", "arn:aws:iam:::photos/*",
        "arn:aws:s3:us-east-1::photos/*", "arn:aws:s3:::photos-*/*"}) {
    EXPECT_EQ(names("s3:GetObject", bad),
              "Policy has invalid resource: " + std::string(bad) + ", in statement 1");
  }
}

TEST(PolicyNamesTest, ActionsAreKnownAndFitTheirResources) {
  const std::string objects = "arn:aws:s3:::photos/*";
  const std::string bucket = "arn:aws:s3:::photos";
  for (const char* action :
       {"s3:GetObject", "S3:GETOBJECTVERSION", "s3:DeleteObjectVersion", "s3:*", "*", "s3:Put*",
        "s3:BypassGovernanceRetention", "s3:AbortMultipartUpload"}) {
    EXPECT_EQ(names(action, objects), "") << action;
  }
  for (const char* action : {"s3:ListBucket", "s3:GetBucketPolicy", "s3:ListBucketVersions",
                             "s3:ListBucketMultipartUploads", "s3:Put*", "s3:DeleteBucket"}) {
    EXPECT_EQ(names(action, bucket), "") << action;
  }
  EXPECT_EQ(names("s3:ListBucket", objects),
            "Action does not apply to any resource(s) in statement: s3:ListBucket, in statement 1");
  EXPECT_NE(names("s3:GetObject", bucket), "");
  EXPECT_EQ(names("s3:ListBucket", "arn:aws:s3:::photos*"), "");
  for (const char* action : {"s3:Nope", "s3:Nope*", "iam:CreateUser", "s3express:CreateSession",
                             "s3:ListAllMyBuckets", "s3:GetObjec"}) {
    EXPECT_EQ(names(action, "*"),
              "Policy has invalid action: " + std::string(action) + ", in statement 1");
  }
  EXPECT_EQ(judge(R"({"Effect":"Deny","Principal":"*","NotAction":"s3:ListBucket",
                      "Resource":"arn:aws:s3:::photos/*"})"),
            "");
}

TEST(PolicyNamesTest, PrincipalsAndKeysAreThere) {
  control::State state;
  control::Account account;
  account.id = "111111111111";
  account.canonical_id = std::string(64, 'a');
  add_account(state, account);
  state.users.emplace(
      std::pair(account.id, "bob"),
      control::User{.account = account.id, .name = "bob", .id = "AIDA", .created = {}});
  const auto principal = [&](const std::string& type, const std::string& who) {
    return judge(R"({"Effect":"Allow","Action":"*","Resource":"*","Principal":{")" + type +
                     R"(":")" + who + R"("}})",
                 state);
  };
  EXPECT_EQ(principal("AWS", "111111111111"), "");
  EXPECT_EQ(principal("AWS", "arn:aws:iam::111111111111:user/bob"), "");
  EXPECT_EQ(principal("CanonicalUser", account.canonical_id), "");
  EXPECT_EQ(principal("Service", "cloudtrail.amazonaws.com"), "");
  EXPECT_EQ(principal("AWS", "222222222222"),
            "Invalid principal in policy: 222222222222, in statement 1");
  EXPECT_NE(principal("AWS", "arn:aws:iam::111111111111:user/eve"), "");
  EXPECT_NE(principal("AWS", "arn:aws:iam::111111111111:role/bob"), "");
  EXPECT_NE(principal("CanonicalUser", std::string(64, 'b')), "");
  const auto key = [](const std::string& name) {
    return names("*", "*",
                 R"("Principal":"*","Condition":{"StringEquals":{")" + name + R"(":"x"}})");
  };
  for (const char* good :
       {"aws:SourceIp", "AWS:sourceVPCE", "s3:ExistingObjectTag/a", "s3:RequestObjectTagKeys",
        "s3:x-amz-acl", "s3:prefix", "aws:PrincipalTag/x"}) {
    EXPECT_EQ(key(good), "") << good;
  }
  for (const char* bad :
       {"aws:Nope", "s3:nope", "s3:ExistingObjectTag/", "s3:ExistingObjectTag", "x:y"}) {
    EXPECT_TRUE(key(bad).starts_with("Policy has an invalid condition key: ")) << bad;
  }
}

TEST(PolicyNamesTest, AConditionMustBeOneThatSomeActionCanHave) {
  const auto judged = [](const std::string& action, const std::string& resource,
                         const std::string& key) {
    return names(action, resource,
                 R"("Principal":"*","Condition":{"StringEquals":{")" + key + R"(":"x"}})");
  };
  const std::string objects = "arn:aws:s3:::photos/*";
  const std::string bucket = "arn:aws:s3:::photos";
  const auto refused = [&](const std::string& action, const std::string& resource,
                           const std::string& key) {
    return judged(action, resource, key)
        .starts_with(
            "Conditions do not apply to combination of actions and resources in statement");
  };
  EXPECT_EQ(judged("s3:ListBucket", bucket, "s3:prefix"), "");
  EXPECT_EQ(judged("s3:ListBucketVersions", bucket, "s3:delimiter"), "");
  EXPECT_EQ(judged("s3:*", "*", "s3:delimiter"), "");
  EXPECT_TRUE(refused("s3:*", objects, "s3:prefix"));
  EXPECT_TRUE(refused("s3:GetObject", objects, "s3:prefix"));
  EXPECT_TRUE(refused("s3:GetBucketAcl", bucket, "S3:Prefix"));
  EXPECT_EQ(judged("s3:GetObject", objects, "s3:ExistingObjectTag/a"), "");
  EXPECT_TRUE(refused("s3:ListBucket", bucket, "s3:ExistingObjectTag/a"));
  EXPECT_EQ(judged("s3:PutObjectTagging", objects, "s3:RequestObjectTagKeys"), "");
  EXPECT_TRUE(refused("s3:GetObject", objects, "s3:RequestObjectTag/a"));
  EXPECT_EQ(judged("s3:PutObject", objects, "s3:x-amz-grant-full-control"), "");
  EXPECT_EQ(judged("s3:PutBucketAcl", bucket, "s3:x-amz-acl"), "");
  EXPECT_TRUE(refused("s3:DeleteObject", objects, "s3:x-amz-acl"));
  EXPECT_EQ(judged("s3:PutObjectRetention", objects, "s3:object-lock-mode"), "");
  EXPECT_TRUE(refused("s3:GetObject", objects, "s3:object-lock-mode"));
  EXPECT_EQ(judged("s3:GetObject", objects, "aws:UserAgent"), "");
  // All but some actions is still many.
  EXPECT_EQ(judge(R"({"Effect":"Deny","Principal":"*","NotAction":"s3:GetObject","Resource":"*",
                      "Condition":{"StringEquals":{"s3:prefix":"x"}}})"),
            "");
}

class PolicyFactsTest : public Bench {
 protected:
  PolicyFactsTest() {
    bucket.name = "photos";
    bucket.owner = "111111111111";
    request.peer.address = "198.51.100.7";
    request.head.method = "GET";
    request.head.path = request.head.target = "/photos/k";
    request.head.headers.add("Host", "h");
    request.head.host = "h";
  }
  void sign() {
    sigv4::sign(request.head, "UNSIGNED-PAYLOAD",
                {.access_key = "AKBOB", .secret_key = "secret of bob", .session_token = ""},
                "us-east-1", "s3", clock.now());
  }
  // The values, joined; "-" = the key is not there.
  std::string fact(std::string_view key) {
    const auto call = route(request.head, settings);
    EXPECT_TRUE(call);
    const auto caller = gate.authenticate(request.head, call->query);
    EXPECT_TRUE(caller);
    const Asker asker{.caller = *caller, .request = request, .call = *call, .record = record};
    const gate::Held held(gate.state(), caller->principal());
    RequestFacts facts(asker, held, settings, clock.now(), bucket, target);
    facts.set_object_tags(&tags);
    if (goes_on) facts.set_goes_on();
    if (facts.settled(policy::fold_key(key))) return "settled";
    const auto values = facts.values(policy::fold_key(key));
    if (!values) return "-";
    std::string out;
    for (const std::string& value : *values) out += (out.empty() ? "" : ",") + value;
    return out;
  }
  void header(std::string_view name, std::string_view value) {
    request.head.headers.add(name, value);
  }

  http::Request request;
  object::Bucket bucket;
  Target target{.action = "s3:GetObject", .key = "k", .version_id = {}, .upload_id = {}};
  object::Pairs tags = {{"Team", "red"}};
  bool goes_on = false;
};

TEST_F(PolicyFactsTest, OfWhoAsks) {
  EXPECT_EQ(fact("aws:PrincipalType"), "Anonymous");
  EXPECT_EQ(fact("aws:userid"), "anonymous");
  for (const char* key : {"aws:PrincipalArn", "aws:PrincipalAccount", "aws:username", "s3:authType",
                          "s3:signatureversion", "s3:signatureAge"}) {
    EXPECT_EQ(fact(key), "-") << key;
  }
  sign();
  EXPECT_EQ(fact("aws:PrincipalType"), "Account");
  EXPECT_EQ(fact("aws:PrincipalArn"), "arn:aws:iam::222222222222:root");
  EXPECT_EQ(fact("aws:PrincipalAccount"), "222222222222");
  EXPECT_EQ(fact("aws:userid"), "222222222222");
  EXPECT_EQ(fact("aws:username"), "-");
  EXPECT_EQ(fact("s3:authType"), "REST-HEADER");
  EXPECT_EQ(fact("s3:signatureAge"), "0");
  EXPECT_EQ(fact("s3:x-amz-content-sha256"), "UNSIGNED-PAYLOAD");
  EXPECT_EQ(fact("aws:ResourceAccount"), "111111111111");
  EXPECT_EQ(fact("aws:RequestedRegion"), "us-east-1");
}

TEST_F(PolicyFactsTest, OfTheConnection) {
  EXPECT_EQ(fact("aws:SourceIp"), "198.51.100.7");
  EXPECT_EQ(fact("aws:SecureTransport"), "false");
  EXPECT_EQ(fact("s3:TlsVersion"), "-");
  request.peer.tls = true;
  request.peer.tls_version = "TLSv1.3";
  EXPECT_EQ(fact("aws:SecureTransport"), "true");
  EXPECT_EQ(fact("s3:TlsVersion"), "1.3");
  EXPECT_EQ(fact("aws:EpochTime"), "1795356400");
  EXPECT_EQ(fact("aws:CurrentTime"), "2026-11-22T14:06:40.000Z");
  header("User-Agent", "tests/1");
  EXPECT_EQ(fact("aws:UserAgent"), "tests/1");
  EXPECT_EQ(fact("aws:Referer"), "-");
}

TEST_F(PolicyFactsTest, HeadersOfAWriteSayNothingInARead) {
  header("x-amz-acl", "private");
  header("x-amz-tagging", "a=b&c=d");
  header("x-amz-object-lock-retain-until-date", "2026-11-24T14:06:41Z");
  const std::vector<std::string_view> keys = {"s3:x-amz-acl", "s3:RequestObjectTag/a",
                                              "s3:RequestObjectTagKeys",
                                              "s3:object-lock-remaining-retention-days"};
  for (const std::string_view key : keys) EXPECT_EQ(fact(key), "-") << key;
  request.head.method = "PUT";
  EXPECT_EQ(fact("s3:x-amz-acl"), "private");
  EXPECT_EQ(fact("s3:RequestObjectTag/a"), "b");
  EXPECT_EQ(fact("s3:RequestObjectTag/A"), "-");
  EXPECT_EQ(fact("s3:RequestObjectTagKeys"), "a,c");
  EXPECT_EQ(fact("s3:object-lock-remaining-retention-days"), "3");
  EXPECT_EQ(fact("s3:x-amz-storage-class"), "-");
  goes_on = true;
  for (const std::string_view key : keys) EXPECT_EQ(fact(key), "settled") << key;
  EXPECT_EQ(fact("s3:if-match"), "-");
  EXPECT_EQ(fact("s3:x-amz-copy-source"), "-");
}

TEST_F(PolicyFactsTest, ACopySourceIsWhatIsCopied) {
  request.head.method = "PUT";
  header("x-amz-copy-source", "/bucket/%6fpen/k?versionId=" + std::string(32, 'v'));
  EXPECT_EQ(fact("s3:x-amz-copy-source"), "bucket/open/k");
}

TEST_F(PolicyFactsTest, OfListingAndOfTheObject) {
  request.head.query = "prefix=a%2F&max-keys=3&delimiter";
  EXPECT_EQ(fact("s3:prefix"), "-");  // of an object's request it is nothing
  target.key = "";
  EXPECT_EQ(fact("s3:prefix"), "a/");
  EXPECT_EQ(fact("s3:max-keys"), "3");
  EXPECT_EQ(fact("s3:delimiter"), "");
  EXPECT_EQ(fact("s3:VersionId"), "-");
  target.version_id = "null";
  EXPECT_EQ(fact("s3:VersionId"), "null");
  EXPECT_EQ(fact("s3:ExistingObjectTag/Team"), "red");
  EXPECT_EQ(fact("s3:ExistingObjectTag/team"), "-");
}

TEST(AccountBlock, HoldsBesideTheBucketsOwn) {
  object::Bucket bucket;
  bucket.id = "sixteen bytes id";
  bucket.owner = "111111111111";
  bucket.public_access_block = 1;
  control::State state;
  state.account_blocks["111111111111"] = {.restrict_public_buckets = true};
  EXPECT_EQ(policy::to_bits(bucket_rules(bucket, state)->block), 9);
  EXPECT_EQ(policy::to_bits(effective_block(bucket, state)), 9);
  EXPECT_EQ(policy::to_bits(*public_access_block(bucket, state)), 1);
  bucket.owner = "222222222222";
  EXPECT_EQ(policy::to_bits(bucket_rules(bucket, state)->block), 1);
}

}  // namespace
}  // namespace muzn::s3
