#include "audit/granularity.h"

#include <gtest/gtest.h>

#include "audit/commitment.h"
#include "control/leaf.h"
#include "unit/control/fakes.h"

namespace muzn::control {
namespace {

class Granularities : public ::testing::Test {
 protected:
  Granularities() {
    run(sample_genesis());
    run(CreateAccount{sample_account(1)});
  }
  // "" or the error's code.
  std::string run(ActBody body) {
    const Result<void> done = apply_in_place(state_, next_act(state_, std::move(body)));
    return done ? "" : std::string(name(done.error().code));
  }
  Granularity of(const BucketRef& bucket) const { return state_.granularity(kAccount, bucket.id); }

  State state_;
  const std::string kAccount = sample_account_id(1);
  const BucketRef kBucket = sample_bucket();
  const BucketRef kOther{.name = "other", .id = std::string(32, 'c')};
};

TEST_F(Granularities, SummaryUnlessAnActSaysOtherwise) {
  EXPECT_EQ(state_.granularity(kAccount), Granularity::kSummary);
  EXPECT_EQ(state_.granularity("nobody"), Granularity::kSummary);
  ASSERT_EQ(run(SetGranularity{.account = kAccount, .level = Granularity::kOff}), "");
  EXPECT_EQ(state_.granularity(kAccount), Granularity::kOff);
  EXPECT_EQ(state_.granularity(sample_account_id(0)), Granularity::kSummary);
  ASSERT_EQ(run(SetGranularity{.account = kAccount, .level = std::nullopt}), "");
  EXPECT_EQ(state_.granularity(kAccount), Granularity::kSummary);
}

TEST_F(Granularities, ABucketsOwnComesFirst) {
  ASSERT_EQ(run(SetGranularity{.account = kAccount, .level = Granularity::kOff}), "");
  ASSERT_EQ(run(SetGranularity{kAccount, kBucket, Granularity::kFull}), "");
  EXPECT_EQ(of(kBucket), Granularity::kFull);
  EXPECT_EQ(of(kOther), Granularity::kOff);
  EXPECT_EQ(of({}), Granularity::kOff);
  ASSERT_EQ(run(SetGranularity{kAccount, kBucket, std::nullopt}), "");
  EXPECT_EQ(of(kBucket), Granularity::kOff);
  ASSERT_EQ(run(SetGranularity{kAccount, kBucket, Granularity::kFull}), "");
  ASSERT_EQ(run(ForgetBucket{kBucket}), "");
  EXPECT_EQ(of(kBucket), Granularity::kOff);
}

TEST_F(Granularities, GoWithTheirAccount) {
  ASSERT_EQ(run(SetGranularity{.account = kAccount, .level = Granularity::kOff}), "");
  ASSERT_EQ(run(DeleteAccount{kAccount}), "");
  EXPECT_EQ(state_.granularity(kAccount), Granularity::kSummary);
  EXPECT_TRUE(state_.account_granularities.empty());
}

TEST_F(Granularities, OfWhatThereIs) {
  EXPECT_EQ(run(SetGranularity{.account = sample_account_id(2), .level = Granularity::kOff}),
            "not_found");
  EXPECT_EQ(run(SetGranularity{kAccount, {.name = "bucket", .id = ""}, Granularity::kOff}),
            "invalid");
  EXPECT_EQ(run(SetGranularity{kAccount, {.name = "", .id = kBucket.id}, Granularity::kOff}),
            "invalid");
}

// The log says whose data it is, though the operator may have asked, and what holds from now on.
TEST_F(Granularities, Leaf) {
  const std::string salt(audit::kSaltBytes, 's');
  state_.accounts.edit(kAccount).handle = account_handle(salt, kAccount);
  const auto leaf = [&](SetGranularity body) {
    return leaf_of(state_, next_act(state_, std::move(body)), salt);
  };
  const audit::Leaf of_bucket = leaf({kAccount, kBucket, Granularity::kFull});
  EXPECT_EQ(of_bucket.account, account_handle(salt, kAccount));
  EXPECT_EQ(of_bucket.facts["bucket"], kBucket.id);
  EXPECT_EQ(of_bucket.facts["level"], "full");
  EXPECT_EQ(of_bucket.hidden.at("bucket_name"),
            audit::commit_to(salt, "bucket_name", kBucket.name));
  const audit::Leaf of_account = leaf({.account = kAccount, .level = std::nullopt});
  EXPECT_FALSE(of_account.facts.contains("bucket"));
  EXPECT_EQ(of_account.facts["level"], "");
  EXPECT_EQ(of_account.account, of_bucket.account);
  EXPECT_EQ(audit::decode_leaf(audit::encode_leaf(of_bucket)).value(), of_bucket);
}

}  // namespace
}  // namespace muzn::control
