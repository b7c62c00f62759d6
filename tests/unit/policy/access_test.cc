// Who may what: the truth table of ownership, lists and Block Public Access.
#include "policy/access.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace muzn::policy {
namespace {

const std::string kOwner = "111111111111";
const std::string kWriter = "222222222222";
const std::string kOther = "333333333333";

Caller root(const std::string& account) {
  return {.account = account,
          .is_root = true,
          .arn = "arn:aws:iam::" + account + ":root",
          .user_id = {}};
}
Caller user(const std::string& account) {
  return {.account = account,
          .is_root = false,
          .arn = "arn:aws:iam::" + account + ":user/u",
          .user_id = "AIDA"};
}
Caller anonymous() {
  return {};
}

BucketRules bucket_with(Canned canned) {
  return {
      .owner = kOwner, .acls_disabled = false, .block = {}, .acl = expand(canned, kOwner, kOwner)};
}
ObjectRules object_of(const std::string& owner, Canned canned) {
  return {.exists = true, .owner = owner, .acl = expand(canned, owner, kOwner)};
}
bool ask(const Caller& caller, std::string_view action, const BucketRules& bucket,
         const ObjectRules& object = {}, std::string_view initiator = "") {
  return may({.caller = caller,
              .action = action,
              .bucket = bucket,
              .resource = {},
              .key = {},
              .object = &object,
              .initiator = initiator})
      .allowed;
}

const std::vector<std::string_view> kBucketActions = {
    "s3:ListBucket",      "s3:ListBucketVersions", "s3:ListBucketMultipartUploads",
    "s3:GetBucketAcl",    "s3:PutBucketAcl",       "s3:PutObject",
    "s3:DeleteBucket",    "s3:GetBucketLocation",  "s3:PutBucketPublicAccessBlock",
    "s3:PutBucketTagging"};
const std::vector<std::string_view> kObjectActions = {
    "s3:GetObject",        "s3:GetObjectVersion", "s3:GetObjectAcl",       "s3:PutObjectAcl",
    "s3:GetObjectTagging", "s3:PutObjectTagging", "s3:GetObjectAttributes"};

TEST(AccessTest, TheOwnersRootMayAllAndItsUsersNothing) {
  const BucketRules bucket = bucket_with(Canned::kPrivate);
  const ObjectRules object = object_of(kOwner, Canned::kPrivate);
  for (const auto& actions : {kBucketActions, kObjectActions}) {
    for (const std::string_view action : actions) {
      EXPECT_TRUE(ask(root(kOwner), action, bucket, object)) << action;
      for (const Caller& caller : {user(kOwner), root(kOther), user(kOther), anonymous()}) {
        EXPECT_FALSE(ask(caller, action, bucket, object)) << action << caller.arn;
      }
    }
  }
}

TEST(AccessTest, AListOnTheBucketOpensWhatAwsMapsIt) {
  struct Case {
    Permission permission;
    std::vector<std::string_view> opened;
  };
  const std::vector<Case> cases = {
      {Permission::kRead,
       {"s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads"}},
      {Permission::kWrite, {"s3:PutObject"}},
      {Permission::kReadAcp, {"s3:GetBucketAcl"}},
      {Permission::kWriteAcp, {"s3:PutBucketAcl"}},
      {Permission::kFullControl,
       {"s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads", "s3:PutObject",
        "s3:GetBucketAcl", "s3:PutBucketAcl"}}};
  for (const Case& c : cases) {
    BucketRules bucket = bucket_with(Canned::kPrivate);
    bucket.acl.grants.push_back({{Grantee::Kind::kAccount, kOther}, c.permission});
    for (const std::string_view action : kBucketActions) {
      const bool opened = std::ranges::find(c.opened, action) != c.opened.end();
      EXPECT_EQ(ask(root(kOther), action, bucket), opened) << action;
      EXPECT_FALSE(ask(user(kOther), action, bucket)) << action;
      EXPECT_FALSE(ask(anonymous(), action, bucket)) << action;
    }
    for (const std::string_view action : kObjectActions) {
      EXPECT_FALSE(ask(root(kOther), action, bucket, object_of(kOwner, Canned::kPrivate)))
          << action;
    }
  }
}

TEST(AccessTest, AListOnTheObjectOpensTheObjectOnly) {
  const BucketRules bucket = bucket_with(Canned::kPrivate);
  const ObjectRules object = object_of(kOwner, Canned::kPublicRead);
  for (const Caller& caller : {anonymous(), user(kOwner), root(kOther)}) {
    EXPECT_TRUE(ask(caller, "s3:GetObject", bucket, object));
    EXPECT_TRUE(ask(caller, "s3:GetObjectVersion", bucket, object));
    EXPECT_FALSE(ask(caller, "s3:GetObjectAcl", bucket, object));
    EXPECT_FALSE(ask(caller, "s3:GetObjectTagging", bucket, object));
    EXPECT_FALSE(ask(caller, "s3:ListBucket", bucket, object));
    EXPECT_FALSE(ask(caller, "s3:DeleteObject", bucket, object));
  }
}

TEST(AccessTest, ABucketOwnerReadsAForeignObjectOnlyByItsList) {
  const BucketRules bucket = bucket_with(Canned::kPublicReadWrite);
  const ObjectRules object = object_of(kWriter, Canned::kPrivate);
  for (const std::string_view action : kObjectActions) {
    EXPECT_FALSE(ask(root(kOwner), action, bucket, object)) << action;
    EXPECT_TRUE(ask(root(kWriter), action, bucket, object)) << action;
  }
  EXPECT_TRUE(ask(root(kOwner), "s3:DeleteObject", bucket, object));
  EXPECT_TRUE(ask(root(kOwner), "s3:PutObject", bucket, object));
  EXPECT_TRUE(
      ask(root(kOwner), "s3:GetObject", bucket, object_of(kWriter, Canned::kBucketOwnerRead)));
}

TEST(AccessTest, AnOwnerWhoTookAllGrantsAwayCanStillMendTheList) {
  const BucketRules bucket = bucket_with(Canned::kPrivate);
  const ObjectRules object{.exists = true, .owner = kOwner, .acl = {}};
  EXPECT_TRUE(ask(root(kOwner), "s3:PutObjectAcl", bucket, object));
  EXPECT_TRUE(ask(root(kOwner), "s3:GetObjectAcl", bucket, object));
  EXPECT_FALSE(ask(root(kOwner), "s3:GetObject", bucket, object));
}

TEST(AccessTest, WritersDeleteTheirOwnObjectsOnly) {
  const BucketRules bucket = bucket_with(Canned::kPublicReadWrite);
  for (const std::string_view action : {"s3:DeleteObject", "s3:DeleteObjectVersion"}) {
    EXPECT_TRUE(ask(root(kWriter), action, bucket, object_of(kWriter, Canned::kPrivate)));
    EXPECT_FALSE(ask(root(kWriter), action, bucket, object_of(kOwner, Canned::kPublicReadWrite)));
    EXPECT_FALSE(ask(anonymous(), action, bucket, object_of(kOwner, Canned::kPublicReadWrite)));
    EXPECT_FALSE(ask(root(kWriter), action, bucket_with(Canned::kPublicRead),
                     object_of(kWriter, Canned::kPrivate)));
  }
}

TEST(AccessTest, WhetherAnObjectIsThereIsToldToThoseWhoMayList) {
  const ObjectRules missing{};
  EXPECT_TRUE(ask(anonymous(), "s3:GetObject", bucket_with(Canned::kPublicRead), missing));
  EXPECT_FALSE(ask(anonymous(), "s3:GetObject", bucket_with(Canned::kPrivate), missing));
  EXPECT_FALSE(ask(root(kOther), "s3:GetObjectTagging", bucket_with(Canned::kPrivate), missing));
  EXPECT_TRUE(ask(root(kOwner), "s3:GetObject", bucket_with(Canned::kPrivate), missing));
}

TEST(AccessTest, WithListsDisabledTheyOpenNothing) {
  BucketRules bucket = bucket_with(Canned::kPublicReadWrite);
  bucket.acls_disabled = true;
  const ObjectRules object = object_of(kWriter, Canned::kPublicReadWrite);
  for (const auto& actions : {kBucketActions, kObjectActions}) {
    for (const std::string_view action : actions) {
      const Caller other = root(kOther);
      EXPECT_FALSE(needs_object({.caller = other,
                                 .action = action,
                                 .bucket = bucket,
                                 .resource = {},
                                 .key = {},
                                 .initiator = {}}))
          << action;
      for (const Caller& caller : {anonymous(), root(kOther), root(kWriter), user(kOwner)}) {
        EXPECT_FALSE(ask(caller, action, bucket, object)) << action;
      }
      EXPECT_TRUE(ask(root(kOwner), action, bucket, object)) << action;
    }
  }
  EXPECT_FALSE(ask(root(kWriter), "s3:DeleteObject", bucket, object));
  EXPECT_TRUE(ask(root(kOwner), "s3:DeleteObject", bucket, object));
}

TEST(AccessTest, IgnoredPublicListsLeaveGrantsToAccounts) {
  BucketRules bucket = bucket_with(Canned::kPublicReadWrite);
  bucket.acl.grants.push_back({{Grantee::Kind::kAccount, kOther}, Permission::kRead});
  bucket.block.ignore_public_acls = true;
  EXPECT_FALSE(ask(anonymous(), "s3:ListBucket", bucket));
  EXPECT_FALSE(ask(anonymous(), "s3:PutObject", bucket));
  EXPECT_TRUE(ask(root(kOther), "s3:ListBucket", bucket));
  EXPECT_FALSE(ask(root(kOther), "s3:PutObject", bucket));
  EXPECT_FALSE(
      ask(anonymous(), "s3:GetObject", bucket, object_of(kOwner, Canned::kPublicReadWrite)));
}

TEST(AccessTest, UploadsBelongToTheBucketOwnerAndToWhoBeganThem) {
  const BucketRules bucket = bucket_with(Canned::kPublicReadWrite);
  for (const std::string_view action : {"s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"}) {
    const std::string by_writer = root(kWriter).arn;
    EXPECT_TRUE(ask(root(kOwner), action, bucket, {}, by_writer));
    EXPECT_TRUE(ask(root(kWriter), action, bucket, {}, by_writer));
    EXPECT_FALSE(ask(user(kWriter), action, bucket, {}, by_writer));
    EXPECT_FALSE(ask(root(kOther), action, bucket, {}, by_writer));
    EXPECT_FALSE(ask(anonymous(), action, bucket, {}, ""));
  }
}

TEST(AccessTest, AnUnknownActionIsTheOwnersAlone) {
  const BucketRules bucket = bucket_with(Canned::kPublicReadWrite);
  EXPECT_TRUE(ask(root(kOwner), "s3:SomethingNew", bucket));
  EXPECT_FALSE(ask(root(kOther), "s3:SomethingNew", bucket));
  EXPECT_FALSE(ask(anonymous(), "", bucket));
}

TEST(AccessTest, BlockBitsGoBothWays) {
  for (unsigned bits = 0; bits < 16; ++bits) {
    EXPECT_EQ(to_bits(block_of_bits(static_cast<std::uint8_t>(bits))), bits);
  }
  EXPECT_EQ(to_bits(kBlockAll), 15);
  for (unsigned a = 0; a <= 15; ++a) {
    for (unsigned b = 0; b <= 15; ++b) {
      const auto both = most_restrictive(block_of_bits(static_cast<std::uint8_t>(a)),
                                         block_of_bits(static_cast<std::uint8_t>(b)));
      EXPECT_EQ(to_bits(both), a | b);
    }
  }
}

}  // namespace
}  // namespace muzn::policy
