#include "policy/acl.h"

#include <gtest/gtest.h>

namespace muzn::policy {
namespace {

constexpr std::string_view kAlice = "111111111111";
constexpr std::string_view kBob = "222222222222";
using Kind = Grantee::Kind;

Membership account(std::string_view id) {
  return {.account = id};
}

TEST(AclTest, EveryCannedListIsKnownByAwsName) {
  for (const std::string_view name :
       {"private", "public-read", "public-read-write", "authenticated-read", "aws-exec-read",
        "bucket-owner-read", "bucket-owner-full-control", "log-delivery-write"}) {
    EXPECT_TRUE(canned_acl(name)) << name;
  }
  for (const std::string_view name : {"", "Private", "public-ready", "public-read "}) {
    EXPECT_FALSE(canned_acl(name)) << name;
  }
}

TEST(AclTest, CannedListsSayWhatAwsSaysOfThem) {
  const auto may = [](Canned canned, const Membership& who, Permission permission) {
    return grants(expand(canned, kAlice, kBob), who, permission);
  };
  const Membership anonymous = account("");
  const Membership stranger = account("333333333333");
  for (const Canned canned :
       {Canned::kPrivate, Canned::kPublicRead, Canned::kPublicReadWrite, Canned::kAuthenticatedRead,
        Canned::kAwsExecRead, Canned::kBucketOwnerRead, Canned::kBucketOwnerFullControl,
        Canned::kLogDeliveryWrite}) {
    for (const Permission permission :
         {Permission::kRead, Permission::kWrite, Permission::kReadAcp, Permission::kWriteAcp}) {
      EXPECT_TRUE(may(canned, account(kAlice), permission));
      const bool everyone =
          permission == Permission::kRead
              ? canned == Canned::kPublicRead || canned == Canned::kPublicReadWrite
              : permission == Permission::kWrite && canned == Canned::kPublicReadWrite;
      EXPECT_EQ(may(canned, anonymous, permission), everyone);
      EXPECT_EQ(
          may(canned, stranger, permission),
          everyone || (permission == Permission::kRead && canned == Canned::kAuthenticatedRead));
      const bool owner_of_bucket =
          canned == Canned::kBucketOwnerFullControl ||
          (canned == Canned::kBucketOwnerRead && permission == Permission::kRead);
      EXPECT_EQ(may(canned, account(kBob), permission),
                owner_of_bucket || may(canned, stranger, permission));
    }
  }
}

TEST(AclTest, AMembershipMayBeCutToGroupsOrToTheAccount) {
  const Acl acl{{{{Kind::kAccount, std::string(kBob)}, Permission::kFullControl},
                 {{Kind::kEveryone, {}}, Permission::kRead}}};
  EXPECT_FALSE(grants(acl, {.account = kBob, .direct = false}, Permission::kWrite));
  EXPECT_TRUE(grants(acl, {.account = kBob, .direct = false}, Permission::kRead));
  EXPECT_FALSE(grants(acl, {.account = "", .groups = false}, Permission::kRead));
  EXPECT_TRUE(grants(acl, {.account = kBob, .groups = false}, Permission::kRead));
}

TEST(AclTest, AnonymousIsNobodysAccount) {
  const Acl acl{{{{Kind::kAccount, ""}, Permission::kFullControl}}};
  EXPECT_FALSE(grants(acl, account(""), Permission::kRead));
}

TEST(AclTest, PublicIsWhatGroupsOfAnyoneGet) {
  EXPECT_FALSE(is_public(expand(Canned::kPrivate, kAlice, kBob)));
  EXPECT_FALSE(is_public(expand(Canned::kBucketOwnerFullControl, kAlice, kBob)));
  EXPECT_FALSE(is_public(expand(Canned::kLogDeliveryWrite, kAlice, kBob)));
  EXPECT_TRUE(is_public(expand(Canned::kPublicRead, kAlice, kBob)));
  EXPECT_TRUE(is_public(expand(Canned::kAuthenticatedRead, kAlice, kBob)));
}

TEST(AclTest, NormalizedPutsGroupsFirstAndEachOnce) {
  const Grant owner{{Kind::kAccount, std::string(kAlice)}, Permission::kFullControl};
  const Grant group{{Kind::kEveryone, {}}, Permission::kRead};
  EXPECT_EQ(normalized(Acl{{owner, group, owner, group}}), (Acl{{group, owner}}));
}

TEST(AclTest, BytesGoBothWaysAndAreGolden) {
  const Acl acl = expand(Canned::kPublicReadWrite, kAlice, kAlice);
  const std::string bytes = encode(acl);
  EXPECT_EQ(bytes, std::string("\x01\x03\x01\x01\x01\x02\x00\x00\x0c", 9) + std::string(kAlice));
  const auto back = decode_acl(bytes);
  ASSERT_TRUE(back);
  EXPECT_EQ(*back, acl);
  EXPECT_EQ(decode_acl(encode(Acl{})), Acl{});
}

TEST(AclTest, DamagedBytesAreRefused) {
  const std::string bytes = encode(expand(Canned::kPublicRead, kAlice, kAlice));
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    EXPECT_FALSE(decode_acl(bytes.substr(0, cut))) << cut;
  }
  EXPECT_FALSE(decode_acl(bytes + "x"));
  EXPECT_EQ(decode_acl(std::string("\x02", 1)).error().code, Code::kUnsupported);
  EXPECT_FALSE(decode_acl(std::string("\x01\x01\x04\x01", 4)));  // a grantee that is none
  EXPECT_FALSE(decode_acl(std::string("\x01\x01\x01\x05", 4)));  // a permission that is none
}

}  // namespace
}  // namespace muzn::policy
