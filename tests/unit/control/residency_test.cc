#include "control/residency.h"

#include <gtest/gtest.h>

#include "leaves/signers.h"
#include "unit/control/grown.h"

namespace muzn::control {
namespace {

const BucketRef kBucket{.name = "bucket", .id = std::string(32, 'b')};
const std::string kAccount = sample_account_id(1);

class Residency : public Grown, public testing::Test {
 public:
  std::string run_as(const std::string& account, ActBody body) {
    Act act = next_act(state, std::move(body));
    act.actor = "arn:aws:iam::" + account + ":root";
    const auto done = apply_in_place(state, act);
    return done ? "" : name(done.error().code);
  }
  std::string put_site(const std::string& id, const std::string& jurisdiction) {
    return run(PutSite{{.id = id, .jurisdiction = jurisdiction}});
  }
  std::string own(std::set<std::string> jurisdictions) {
    return run_as(kAccount,
                  SetResidency{.account = kAccount, .jurisdictions = std::move(jurisdictions)});
  }
  std::string of_bucket(std::set<std::string> jurisdictions) {
    return run_as(kAccount, SetResidency{.account = kAccount,
                                         .bucket = kBucket,
                                         .jurisdictions = std::move(jurisdictions)});
  }
  void charter() {
    const Person ada('a');
    const Person account('z');
    ASSERT_EQ(run(signed_by(state, appointment(ada, {"officers", "charters"}), {})), "");
    PutCharter act{sample_charter(kAccount, account), {}};
    ASSERT_EQ(run(signed_by(state, std::move(act), {&ada, &account})), "");
  }
  std::string refusal(const std::string& bucket_id, const std::string& site) {
    const auto rules = residency_rules(state, kAccount, bucket_id);
    const auto permit = may_send(rules, to_site(state, policy::Egress::kPlacement, site));
    return permit ? "" : permit.error().what;
  }
};

TEST_F(Residency, ASitesJurisdictionIsForGood) {
  EXPECT_EQ(put_site("ps-1", "PS"), "");
  EXPECT_EQ(put_site("ps-1", "DE"), "exists");
  EXPECT_EQ(put_site("ps-1", "PS"), "exists");
  EXPECT_EQ(run(DeleteSite{"ps-1"}), "");
  EXPECT_EQ(put_site("ps-1", "DE"), "exists") << "under its old name";
  EXPECT_EQ(run(DeleteSite{"ps-1"}), "not_found");
  EXPECT_EQ(put_site("ps-2", "PSE"), "invalid");
  EXPECT_EQ(put_site("PS", "PS"), "invalid");
  EXPECT_EQ(jurisdictions_of(state, "ps-1"), policy::Jurisdictions{});
}

TEST_F(Residency, SitesAreTheOperatorsToName) {
  EXPECT_EQ(run_as(kAccount, PutSite{{.id = "ps-1", .jurisdiction = "PS"}}), "denied");
  EXPECT_EQ(put_site("ps-1", "PS"), "");
  EXPECT_EQ(run_as(kAccount, DeleteSite{"ps-1"}), "denied");
}

TEST_F(Residency, ABucketIsWithinItsAccount) {
  EXPECT_EQ(of_bucket({"PS"}), "");
  EXPECT_EQ(own({"DE"}), "precondition") << "the bucket is outside";
  EXPECT_EQ(own({"DE", "PS"}), "");
  EXPECT_EQ(of_bucket({"FR"}), "denied");
  EXPECT_EQ(of_bucket({"PS", "FR"}), "denied");
  EXPECT_EQ(of_bucket({"DE"}), "");
  EXPECT_EQ(of_bucket({}), "");
  EXPECT_EQ(of_bucket({"ps"}), "invalid");
  EXPECT_EQ(own({"PS"}), "");
  EXPECT_EQ(run_as(sample_account_id(7), SetResidency{.account = sample_account_id(7)}),
            "not_found");
}

TEST_F(Residency, TheOperatorOnlyNarrows) {
  EXPECT_EQ(own({"DE", "PS"}), "");
  const std::string operators = state.operator_id;
  EXPECT_EQ(run_as(operators, SetResidency{.account = kAccount, .jurisdictions = {"PS"}}), "");
  EXPECT_EQ(run_as(operators, SetResidency{.account = kAccount, .jurisdictions = {"DE", "PS"}}),
            "denied");
  EXPECT_EQ(run_as(operators, SetResidency{.account = kAccount}), "denied");
  EXPECT_EQ(own({}), "");
  EXPECT_EQ(run_as(operators,
                   SetResidency{.account = kAccount, .bucket = kBucket, .jurisdictions = {"PS"}}),
            "");
}

TEST_F(Residency, ACharterIsTheCeiling) {
  charter();  // DE and PS
  EXPECT_EQ(own({"FR"}), "denied");
  EXPECT_EQ(own({"FR", "PS"}), "denied");
  EXPECT_EQ(of_bucket({"FR"}), "denied");
  EXPECT_EQ(own({"PS"}), "");
}

TEST_F(Residency, ACharterBindsOnceTheInstallationSaysWhereItIs) {
  charter();
  EXPECT_EQ(refusal("", ""), "");
  ASSERT_EQ(put_site("fr-1", "FR"), "");
  EXPECT_TRUE(refusal("", "fr-1").starts_with("the charter of account " + kAccount + " allows "));
  EXPECT_NE(refusal("", ""), "") << "a site without a label";
  ASSERT_EQ(put_site("ps-1", "PS"), "");
  EXPECT_EQ(refusal("", "ps-1"), "");
  // Giving up what was named frees nothing.
  ASSERT_EQ(run(DeleteSite{"fr-1"}), "");
  ASSERT_EQ(run(DeleteSite{"ps-1"}), "");
  EXPECT_TRUE(has_residency(state));
  EXPECT_NE(refusal("", "ps-1"), "");
  EXPECT_NE(refusal("", ""), "");
}

TEST_F(Residency, TheNarrowestRuleIsNamedFirst) {
  EXPECT_FALSE(has_residency(state));
  EXPECT_EQ(residency_rules(state, kAccount, kBucket.id).size(), 0U);
  ASSERT_EQ(put_site("de-1", "DE"), "");
  ASSERT_EQ(own({"DE", "PS"}), "");
  EXPECT_EQ(refusal(kBucket.id, "de-1"), "");
  ASSERT_EQ(of_bucket({"PS"}), "");
  EXPECT_EQ(refusal(kBucket.id, "de-1"),
            "the residency of bucket bucket allows PS, and site de-1 is in DE (placement)");
  EXPECT_EQ(refusal("", "de-1"), "");
  EXPECT_EQ(refusal("", "nowhere"),
            "the residency of account " + kAccount +
                " allows DE, PS, and site nowhere is in no known jurisdiction (placement)");
  EXPECT_EQ(to_bucket(state, policy::Egress::kCopy, kAccount, kBucket.id, "bucket").jurisdictions,
            policy::Jurisdictions{"PS"});
  EXPECT_EQ(to_bucket(state, policy::Egress::kCopy, kAccount, "", "other").jurisdictions,
            (policy::Jurisdictions{"DE", "PS"}));
}

TEST_F(Residency, GoesWithItsBucketAndItsAccount) {
  ASSERT_EQ(of_bucket({"PS"}), "");
  ASSERT_EQ(own({"PS"}), "");
  ASSERT_EQ(run(ForgetBucket{kBucket}), "");
  EXPECT_TRUE(state.residency.buckets.empty());
  ASSERT_EQ(of_bucket({"PS"}), "");
  ASSERT_EQ(run(DeleteAccount{kAccount}), "");
  EXPECT_TRUE(state.residency.buckets.empty());
  EXPECT_TRUE(state.residency.accounts.empty());
}

TEST_F(Residency, ABucketsResidencyIsItsOwners) {
  ASSERT_EQ(of_bucket({"PS"}), "");
  EXPECT_EQ(run(SetResidency{.account = state.operator_id, .bucket = kBucket}), "denied");
}

}  // namespace
}  // namespace muzn::control
