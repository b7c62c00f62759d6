#include "control/removal.h"
#include "control/leaf.h"

#include <gtest/gtest.h>

#include "unit/control/grown.h"

namespace muzn::control {
namespace {

const std::string kOwn = sample_account_id(1);

class RemovalTest : public testing::Test {
 protected:
  RemovalTest() {
    for (ActBody body : std::initializer_list<ActBody>{
             CreateUser{sample_user(1, "bob", 1)}, sample_role(1, "role", 1),
             sample_group(1, "staff", 1), sample_group(1, "fenced", 2),
             sample_policy(1, "allow", 1, kAllowAll), sample_policy(1, "deny", 2, kDenyAll),
             PutInlinePolicy{role, "allow", kAllowAll}, PutInlinePolicy{role, "deny", kDenyAll},
             AttachPolicy{bob, allow}, AttachPolicy{bob, deny}, AttachPolicy{staff, allow},
             AttachPolicy{fenced, deny}, SetBoundary{bob, allow}}) {
      EXPECT_EQ(grown.run(std::move(body)), "");
    }
  }
  bool removes(ActBody body) const { return only_removes(grown.state, body); }

  const IamRef bob = sample_ref(1, IamKind::kUser, "bob");
  const IamRef role = sample_ref(1, IamKind::kRole, "role");
  const IamRef staff = sample_ref(1, IamKind::kGroup, "staff");
  const IamRef fenced = sample_ref(1, IamKind::kGroup, "fenced");
  const std::string allow = sample_policy_arn(1, "allow");
  const std::string deny = sample_policy_arn(1, "deny");
  Grown grown;
};

TEST_F(RemovalTest, WhatGoesAwayWhole) {
  EXPECT_TRUE(removes(DeleteKey{"ROOT"}));
  EXPECT_TRUE(removes(DeleteUser{kOwn, "bob"}));
  EXPECT_TRUE(removes(DeleteAccount{kOwn}));
  EXPECT_TRUE(removes(ForgetBucket{sample_bucket()}));
  EXPECT_TRUE(removes(SetKeyStatus{"ROOT", KeyStatus::kInactive}));
  EXPECT_FALSE(removes(SetKeyStatus{"ROOT", KeyStatus::kActive}));
  EXPECT_TRUE(removes(DeleteIam{role}));
  EXPECT_TRUE(removes(DeleteIam{staff}));
  EXPECT_TRUE(removes(DeleteIam{sample_ref(1, IamKind::kProvider, "idp")}));
  EXPECT_FALSE(removes(DeleteIam{sample_ref(1, IamKind::kPolicy, "deny")}));
}

TEST_F(RemovalTest, APolicyThatDeniesIsNotTakenAway) {
  EXPECT_TRUE(removes(DetachPolicy{bob, allow}));
  EXPECT_FALSE(removes(DetachPolicy{bob, deny}));
  EXPECT_TRUE(removes(DeleteInlinePolicy{role, "allow"}));
  EXPECT_FALSE(removes(DeleteInlinePolicy{role, "deny"}));
  EXPECT_TRUE(removes(RemoveUserFromGroup{kOwn, "staff", "bob"}));
  EXPECT_FALSE(removes(RemoveUserFromGroup{kOwn, "fenced", "bob"}));
  ASSERT_EQ(grown.run(CreatePolicyVersion{kOwn, "allow", kDenyAll, true, {}}), "");
  EXPECT_FALSE(removes(DetachPolicy{bob, allow})) << "it denies by now";
  EXPECT_FALSE(removes(RemoveUserFromGroup{kOwn, "staff", "bob"}));
}

TEST_F(RemovalTest, APolicyThatOnlyDeniesIsPutAtOnce) {
  EXPECT_TRUE(removes(PutInlinePolicy{role, "fresh", kDenyAll}));
  EXPECT_FALSE(removes(PutInlinePolicy{role, "fresh", kAllowAll}));
  EXPECT_TRUE(removes(PutInlinePolicy{role, "allow", kDenyAll}));
  EXPECT_FALSE(removes(PutInlinePolicy{role, "deny", kDenyAll})) << "the old one may deny more";
  EXPECT_FALSE(removes(PutInlinePolicy{role, "fresh", "{}"}));
  EXPECT_TRUE(removes(AttachPolicy{role, deny}));
  EXPECT_FALSE(removes(AttachPolicy{role, allow}));
  EXPECT_FALSE(removes(AttachPolicy{role, sample_policy_arn(1, "nothing")}));
}

TEST_F(RemovalTest, AFirstBoundaryIsALimit) {
  EXPECT_TRUE(removes(SetBoundary{role, allow}));
  EXPECT_FALSE(removes(SetBoundary{bob, deny})) << "another one may let more through";
  EXPECT_FALSE(removes(SetBoundary{bob, ""}));
  EXPECT_FALSE(removes(SetBoundary{role, ""}));
}

TEST_F(RemovalTest, FewerPlacesForBytes) {
  EXPECT_TRUE(removes(SetResidency{.account = kOwn, .jurisdictions = {"DE", "PS"}}));
  ASSERT_EQ(grown.run(SetResidency{.account = kOwn, .jurisdictions = {"PS"}}), "");
  EXPECT_FALSE(removes(SetResidency{.account = kOwn, .jurisdictions = {"DE"}}));
  EXPECT_FALSE(removes(SetResidency{.account = kOwn}));
  EXPECT_TRUE(removes(SetResidency{.account = kOwn, .jurisdictions = {"PS"}}));
  EXPECT_TRUE(
      removes(SetResidency{.account = kOwn, .bucket = sample_bucket(), .jurisdictions = {"PS"}}));
  EXPECT_TRUE(removes(DeleteSite{"ps-1"}));
  EXPECT_FALSE(removes(PutSite{{.id = "ps-1", .jurisdiction = "PS"}}));
}

TEST_F(RemovalTest, TheRestMayGrant) {
  for (const ActBody& body : std::initializer_list<ActBody>{
           CreateUser{sample_user(1, "eve", 9)}, AddUserToGroup{kOwn, "fenced", "bob"},
           RenameIam{bob, "rob", "/"}, PutTrustPolicy{kOwn, "role", sample_trust()},
           CreatePolicyVersion{kOwn, "allow", kDenyAll, true, {}},
           DeletePolicyVersion{kOwn, "allow", 1}, SetDefaultPolicyVersion{kOwn, "allow", 1},
           PutTags{bob, {{"k", "v"}}}, DeleteTags{bob, {"k"}},
           DeleteBucketPolicy{sample_bucket()}}) {
    EXPECT_FALSE(removes(body)) << kind_name(body);
  }
}

}  // namespace
}  // namespace muzn::control
