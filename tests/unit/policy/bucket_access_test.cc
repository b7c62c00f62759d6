// A bucket's policy beside ownership, lists and Block Public Access.
#include <gtest/gtest.h>

#include <map>

#include "policy/access.h"

namespace muzn::policy {
namespace {

const std::string kOwner = "111111111111";
const std::string kOther = "222222222222";

class MapFacts final : public Facts {
 public:
  std::map<std::string, std::string, std::less<>> map;
  std::optional<std::vector<std::string>> values(std::string_view key) const override {
    const auto found = map.find(key);
    if (found == map.end()) return std::nullopt;
    return std::vector<std::string>{found->second};
  }
};

Caller root(const std::string& account) {
  return {.account = account,
          .is_root = true,
          .arn = "arn:aws:iam::" + account + ":root",
          .user_id = {}};
}
Caller user(const std::string& account) {
  return {.account = account,
          .is_root = false,
          .arn = "arn:aws:iam::" + account + ":user/bob",
          .user_id = "AIDA"};
}

class BucketAccessTest : public ::testing::Test {
 protected:
  BucketAccessTest() {
    rules.owner = kOwner;
    rules.acl = private_acl(kOwner);
  }

  void put(const std::string& statements) {
    auto document = parse_policy(R"({"Version":"2012-10-17","Statement":[)" + statements + "]}",
                                 Attachment::kResource);
    ASSERT_TRUE(document) << document.error().what;
    stored = make_bucket_policy(*std::move(document));
    rules.policy = &stored;
  }
  void allow(const std::string& actions, const std::string& resource,
             const std::string& more = "") {
    put(R"({"Effect":"Allow","Principal":"*","Action":)" + actions + R"(,"Resource":")" + resource +
        "\"" + more + "}");
  }

  // As the gate asks: the object is shown only when it matters. Sets `looked`.
  bool ask(const Caller& caller, std::string_view action, const std::string& key = "k") {
    const std::string resource = "arn:aws:s3:::b" + (key.empty() ? "" : "/" + key);
    Question q{.caller = caller,
               .action = action,
               .bucket = rules,
               .resource = resource,
               .key = key,
               .facts = &facts,
               .initiator = {}};
    looked = needs_object(q);
    if (looked) q.object = &object;
    const Answer answer = may(q);
    by_statement = answer.decision.statement != nullptr;
    return answer.allowed;
  }

  BucketRules rules;
  BucketPolicy stored;
  ObjectRules object{.exists = true, .owner = kOwner, .acl = private_acl(kOwner)};
  MapFacts facts;
  bool looked = false;
  bool by_statement = false;
};

TEST_F(BucketAccessTest, APolicyOpensWhatItNamesAndNoMore) {
  allow(R"("s3:GetObject")", "arn:aws:s3:::b/public/*");
  for (const Caller& caller : {Caller{}, root(kOther), user(kOwner)}) {
    EXPECT_TRUE(ask(caller, "s3:GetObject", "public/k")) << caller.arn;
    EXPECT_TRUE(by_statement);
    EXPECT_FALSE(ask(caller, "s3:GetObject", "private/k"));
    EXPECT_FALSE(ask(caller, "s3:GetObjectVersion", "public/k"));
    EXPECT_FALSE(ask(caller, "s3:PutObject", "public/k"));
    EXPECT_FALSE(ask(caller, "s3:ListBucket", ""));
  }
  EXPECT_FALSE(ask(user(kOther), "s3:GetObject", "public/k"));
  EXPECT_TRUE(ask(root(kOwner), "s3:GetObject", "private/k"));
  EXPECT_FALSE(by_statement);
}

TEST_F(BucketAccessTest, ADenyIsTheOwnersToo) {
  put(R"({"Effect":"Deny","Principal":"*","Action":"s3:*",
          "Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"]})");
  for (const char* action : {"s3:GetObject", "s3:PutObject", "s3:DeleteObject"}) {
    EXPECT_FALSE(ask(root(kOwner), action)) << action;
    EXPECT_TRUE(by_statement);
  }
  for (const char* action : {"s3:ListBucket", "s3:DeleteBucket", "s3:PutBucketPublicAccessBlock",
                             "s3:GetBucketPolicyStatus"}) {
    EXPECT_FALSE(ask(root(kOwner), action, "")) << action;
  }
  for (const char* action : {"s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"}) {
    EXPECT_TRUE(ask(root(kOwner), action, "")) << action;
    EXPECT_FALSE(ask(user(kOwner), action, "")) << action;
    EXPECT_FALSE(ask(root(kOther), action, "")) << action;
  }
}

TEST_F(BucketAccessTest, ADenyWinsOverAList) {
  rules.acls_disabled = false;
  rules.acl = expand(Canned::kPublicRead, kOwner, kOwner);
  object.acl = expand(Canned::kPublicRead, kOwner, kOwner);
  EXPECT_TRUE(ask({}, "s3:GetObject"));
  EXPECT_TRUE(ask({}, "s3:ListBucket", ""));
  put(R"({"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"})");
  EXPECT_FALSE(ask({}, "s3:GetObject"));
  EXPECT_TRUE(ask({}, "s3:ListBucket", ""));
}

TEST_F(BucketAccessTest, OfAnotherAccountsObjectTheOwnerGivesNothingAway) {
  rules.acls_disabled = false;
  object.owner = kOther;
  object.acl = private_acl(kOther);
  allow(R"(["s3:GetObject","s3:DeleteObject"])", "arn:aws:s3:::b/*");
  EXPECT_FALSE(ask({}, "s3:GetObject"));
  EXPECT_TRUE(ask({}, "s3:DeleteObject"));
  EXPECT_TRUE(ask(root(kOther), "s3:GetObject"));
  object.owner = kOwner;
  EXPECT_TRUE(ask({}, "s3:GetObject"));
}

TEST_F(BucketAccessTest, RestrictPublicBucketsLeavesTheOwnersAccount) {
  allow(R"("s3:GetObject")", "arn:aws:s3:::b/*");
  ASSERT_TRUE(stored.is_public);
  rules.block.restrict_public_buckets = true;
  EXPECT_FALSE(ask({}, "s3:GetObject"));
  EXPECT_FALSE(ask(root(kOther), "s3:GetObject"));
  EXPECT_TRUE(ask(user(kOwner), "s3:GetObject"));
  EXPECT_TRUE(ask(root(kOwner), "s3:GetObject"));
  put(R"({"Effect":"Allow","Principal":{"AWS":")" + kOther +
      R"("},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"})");
  EXPECT_TRUE(ask(root(kOther), "s3:GetObject"));  // a policy that is not public is not restricted
  // In a public policy also what is given to one account does not count.
  put(R"({"Effect":"Allow","Principal":{"AWS":[")" + kOther +
      R"(","*"]},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"})");
  EXPECT_FALSE(ask(root(kOther), "s3:GetObject"));
}

TEST_F(BucketAccessTest, WhatIsThereIsToldToWhoMayList) {
  allow(R"("s3:GetObject")", "arn:aws:s3:::b/*");
  EXPECT_TRUE(ask({}, "s3:GetObject"));
  EXPECT_TRUE(looked);
  object.exists = false;
  EXPECT_FALSE(ask({}, "s3:GetObject"));
  EXPECT_TRUE(ask(root(kOwner), "s3:GetObject"));
  EXPECT_FALSE(looked);
  put(R"({"Effect":"Allow","Principal":"*","Action":["s3:GetObject","s3:ListBucket"],
          "Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"]})");
  EXPECT_TRUE(ask({}, "s3:GetObject"));
  EXPECT_FALSE(looked);  // the operation itself tells that there is none
  // Who may only list, and only a part of it, learns so much of that part.
  allow(R"("s3:ListBucket")", "arn:aws:s3:::b",
        R"(,"Condition":{"StringLike":{"s3:prefix":"public/*"}})");
  EXPECT_TRUE(ask({}, "s3:GetObject", "public/none"));
  EXPECT_FALSE(ask({}, "s3:GetObject", "private/none"));
  object.exists = true;
  EXPECT_FALSE(ask({}, "s3:GetObject", "public/k"));
  // Not even an owner that denies itself to list.
  put(R"({"Effect":"Deny","Principal":"*","Action":"s3:ListBucket","Resource":"arn:aws:s3:::b"})");
  EXPECT_TRUE(ask(root(kOwner), "s3:GetObject"));
  object.exists = false;
  EXPECT_FALSE(ask(root(kOwner), "s3:GetObject"));
}

TEST_F(BucketAccessTest, TheObjectIsLookedAtForItsTagsOnly) {
  put(R"({"Effect":"Allow","Principal":"*","Action":["s3:GetObject","s3:ListBucket"],
          "Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"],
          "Condition":{"StringEqualsIfExists":{"s3:ExistingObjectTag/open":"yes"}}})");
  facts.map["s3:existingobjecttag/open"] = "yes";
  EXPECT_TRUE(ask({}, "s3:GetObject"));
  EXPECT_TRUE(looked);
  facts.map["s3:existingobjecttag/open"] = "no";
  EXPECT_FALSE(ask({}, "s3:GetObject"));
  EXPECT_FALSE(ask({}, "s3:PutObject"));
  EXPECT_FALSE(looked);
  rules.policy = nullptr;
  EXPECT_TRUE(ask(root(kOwner), "s3:GetObject"));
  EXPECT_FALSE(looked);
}

TEST_F(BucketAccessTest, UploadsByPolicy) {
  allow(R"("s3:AbortMultipartUpload")", "arn:aws:s3:::b/*");
  EXPECT_TRUE(ask({}, "s3:AbortMultipartUpload"));
  EXPECT_FALSE(ask({}, "s3:ListMultipartUploadParts"));
}

TEST_F(BucketAccessTest, WhatIsPartOfAWriteDoesNotAskWhatStandsThere) {
  allow(R"("s3:PutObjectTagging")", "arn:aws:s3:::b/*");
  object.exists = false;
  const Caller nobody;
  Question q{.caller = nobody,
             .action = "s3:PutObjectTagging",
             .bucket = rules,
             .resource = "arn:aws:s3:::b/k",
             .key = "k",
             .facts = &facts,
             .creates = true,
             .initiator = {}};
  EXPECT_FALSE(needs_object(q));
  EXPECT_TRUE(may(q).allowed);
  q.creates = false;
  q.object = &object;
  EXPECT_TRUE(needs_object(q));
  EXPECT_FALSE(may(q).allowed);
}

}  // namespace
}  // namespace muzn::policy
