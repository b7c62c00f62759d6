// Limits of accounts, users and buckets in control state.
#include "control/limits.h"

#include <gtest/gtest.h>

#include "unit/control/fakes.h"

namespace muzn::control {
namespace {

class LimitsOfState : public ::testing::Test {
 protected:
  LimitsOfState() {
    run(sample_genesis());
    run(CreateAccount{sample_account(1)});
    run(CreateUser{sample_user(1, "bob", 1)});
  }
  // "" or the name of the error.
  std::string run(ActBody body) {
    const Result<void> done = apply_in_place(state, next_act(state, std::move(body)));
    return done ? "" : std::string(name(done.error().code));
  }
  State state;
  const std::string account = sample_account_id(1);
  const BucketRef kBucket = sample_bucket();
};

TEST_F(LimitsOfState, EachHasItsOwn) {
  EXPECT_EQ(state.limits_of_account(account), nullptr);
  EXPECT_EQ(run(SetLimits{.account = account, .limits = {.bytes = 0}}), "");
  EXPECT_EQ(run(SetLimits{.account = account, .user = "bob", .limits = {.requests = 1}}), "");
  EXPECT_EQ(run(SetLimits{.account = account, .bucket = kBucket, .limits = {.objects = 5}}), "");
  EXPECT_EQ(*state.limits_of_account(account), (Limits{.bytes = 0}));
  EXPECT_EQ(*state.limits_of_user(account, "bob"), (Limits{.requests = 1}));
  EXPECT_EQ(*state.limits_of_bucket(kBucket.id), (Limits{.objects = 5}));
  EXPECT_EQ(state.limits_of_user(account, "eve"), nullptr);
}

TEST_F(LimitsOfState, SettingSaysAllOfThem) {
  run(SetLimits{.account = account, .limits = {.bytes = 7, .requests = 8}});
  run(SetLimits{.account = account, .limits = {.objects = 9}});
  EXPECT_EQ(*state.limits_of_account(account), (Limits{.objects = 9}));
  run(SetLimits{.account = account});
  EXPECT_EQ(state.limits_of_account(account), nullptr);
  run(SetLimits{.account = account, .bucket = kBucket, .limits = {.objects = 5}});
  run(SetLimits{.account = account, .bucket = kBucket});
  EXPECT_EQ(state.limits_of_bucket(kBucket.id), nullptr);
}

TEST_F(LimitsOfState, TheyGoWithWhatHasThem) {
  run(SetLimits{.account = account, .user = "bob", .limits = {.requests = 1}});
  run(SetLimits{.account = account, .limits = {.bytes = 1}});
  run(SetLimits{.account = account, .bucket = kBucket, .limits = {.objects = 5}});
  EXPECT_EQ(run(DeleteUser{account, "bob"}), "");
  run(CreateUser{sample_user(1, "bob", 2)});
  EXPECT_EQ(state.limits_of_user(account, "bob"), nullptr) << "another bob";
  run(DeleteUser{account, "bob"});
  EXPECT_EQ(run(ForgetBucket{kBucket}), "");
  EXPECT_EQ(state.limits_of_bucket(kBucket.id), nullptr);
  EXPECT_EQ(run(DeleteAccount{account}), "");
  EXPECT_EQ(state.limits_of_account(account), nullptr);
}

TEST_F(LimitsOfState, ARenamedUserKeepsThem) {
  EXPECT_FALSE(state.has_limits());
  run(SetLimits{.account = account, .user = "bob", .limits = {.requests = 1}});
  EXPECT_EQ(run(RenameIam{{account, IamKind::kUser, "bob"}, "rob", "/"}), "");
  EXPECT_EQ(state.limits_of_user(account, "bob"), nullptr);
  EXPECT_EQ(*state.limits_of_user(account, "rob"), (Limits{.requests = 1}));
  EXPECT_TRUE(state.has_limits());
}

TEST_F(LimitsOfState, WhatIsRefused) {
  EXPECT_EQ(run(SetLimits{.account = sample_account_id(2)}), "not_found");
  EXPECT_EQ(run(SetLimits{.account = account, .user = "eve"}), "not_found");
  EXPECT_EQ(run(SetLimits{.account = account, .limits = {.requests = 0}}), "invalid");
  EXPECT_EQ(run(SetLimits{.account = account, .limits = {.bytes_in = 0}}), "invalid");
  EXPECT_EQ(run(SetLimits{.account = account, .limits = {.bytes = kLimitMax + 1}}), "invalid");
  EXPECT_EQ(run(SetLimits{.account = account, .user = "bob", .limits = {.bytes = 1}}), "invalid");
  EXPECT_EQ(run(SetLimits{.account = account, .user = "bob", .bucket = kBucket}), "invalid");
  EXPECT_EQ(run(SetLimits{.account = account, .bucket = {.name = "bucket", .id = ""}}), "invalid");
  EXPECT_EQ(state.acts, 3U);
}

}  // namespace
}  // namespace muzn::control
