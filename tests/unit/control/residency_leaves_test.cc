// What an auditor refuses of sites and residency: each leaf here is one that the house itself never
// writes, since apply() refuses the act first.
#include <gtest/gtest.h>

#include "audit/fold.h"
#include "control/leaf.h"
#include "leaves/signers.h"
#include "unit/control/fakes.h"

namespace muzn::control {
namespace {

const BucketRef kBucket{.name = "bucket", .id = std::string(32, 'b')};
const std::string kAccount = sample_account_id(1);
const std::string kSalt(32, 's');

class ResidencyLeaves : public testing::Test {
 protected:
  ResidencyLeaves() {
    EXPECT_EQ(take(sample_genesis()), "");
    EXPECT_EQ(take(CreateAccount{sample_account(1)}), "");
    EXPECT_EQ(take(CreateAccount{sample_account(2)}), "");
  }
  // The act's leaf, whether or not the act applies.
  audit::Leaf leaf(ActBody body, int actor = 0) {
    Act act = next_act(state, std::move(body));
    act.actor = "arn:aws:iam::" + sample_account_id(actor) + ":root";
    return leaf_of(state, act, kSalt);
  }
  // "" or what the auditor says.
  std::string judge(const audit::Leaf& of) {
    audit::Fold next = fold;
    const auto taken = audit::fold_leaf(next, of, entries);
    if (!taken) return taken.error().what;
    // What is kept between runs says the same.
    EXPECT_EQ(audit::Fold::from_json(next.to_json()).value(), next);
    return "";
  }
  std::string take(ActBody body, int actor = 0) {
    Act act = next_act(state, std::move(body));
    act.actor = state.acts == 0 ? "genesis" : "arn:aws:iam::" + sample_account_id(actor) + ":root";
    const audit::Leaf one = leaf_of(state, act, kSalt);
    const auto done = apply_in_place(state, act);
    if (!done) return "not applied: " + done.error().what;
    for (const auto& [id, account] : state.accounts) {
      if (account.handle.empty()) fresh = id;
    }
    if (!fresh.empty()) state.accounts.edit(fresh).handle = account_handle(kSalt, fresh);
    fresh.clear();
    const auto taken = audit::fold_leaf(fold, one, entries++);
    return taken ? "" : taken.error().what;
  }
  static ActBody site(const std::string& id, const std::string& jurisdiction) {
    return PutSite{{.id = id, .jurisdiction = jurisdiction}};
  }
  static ActBody own(std::set<std::string> places) {
    return SetResidency{.account = kAccount, .jurisdictions = std::move(places)};
  }
  static ActBody of_bucket(std::set<std::string> places, int account = 1) {
    return SetResidency{.account = sample_account_id(account),
                        .bucket = kBucket,
                        .jurisdictions = std::move(places)};
  }

  State state;
  audit::Fold fold;
  std::uint64_t entries = 0;
  std::string fresh;
};

TEST_F(ResidencyLeaves, NoSiteIsRelabelled) {
  ASSERT_EQ(take(site("ps-1", "PS")), "");
  EXPECT_EQ(judge(leaf(site("ps-1", "DE"))), "the site ps-1 is, or was, one in PS");
  EXPECT_EQ(judge(leaf(DeleteSite{"ps-2"})), "no leaf named the site ps-2");
  ASSERT_EQ(take(DeleteSite{"ps-1"}), "");
  EXPECT_EQ(judge(leaf(site("ps-1", "DE"))), "the site ps-1 is, or was, one in PS");
  EXPECT_EQ(judge(leaf(DeleteSite{"ps-1"})), "the site ps-1 is gone already");
  EXPECT_EQ(judge(leaf(site("ps-3", "ps"))), "it names no site, or no jurisdiction");
  EXPECT_EQ(judge(leaf(site("PS", "PS"))), "it names no site, or no jurisdiction");
}

TEST_F(ResidencyLeaves, SitesAreTheOperatorsToName) {
  EXPECT_EQ(judge(leaf(site("ps-1", "PS"), 1)), "sites are the operator's to name");
  ASSERT_EQ(take(site("ps-1", "PS")), "");
  EXPECT_EQ(judge(leaf(DeleteSite{"ps-1"}, 1)), "sites are the operator's to name");
}

TEST_F(ResidencyLeaves, BytesStayWithinTheCharterAndTheAccount) {
  const Person ada('a');
  const Person account('z');
  ASSERT_EQ(take(signed_by(state, appointment(ada, {"officers", "charters"}), {})), "");
  PutCharter act{sample_charter(kAccount, account), {}};  // DE and PS
  ASSERT_EQ(take(signed_by(state, std::move(act), {&ada, &account})), "");
  EXPECT_EQ(judge(leaf(own({"FR"}), 1)), "the account's charter does not have these jurisdictions");
  EXPECT_EQ(judge(leaf(of_bucket({"FR"}), 1)),
            "the account's charter does not have these jurisdictions");
  ASSERT_EQ(take(own({"PS"}), 1), "");
  EXPECT_EQ(judge(leaf(of_bucket({"DE"}), 1)),
            "the bucket's bytes could lie where the account's may not");
  ASSERT_EQ(take(of_bucket({"PS"}), 1), "");
  EXPECT_EQ(judge(leaf(own({"DE"}), 1)),
            "the bytes of the bucket " + kBucket.id + " could lie where the account's may not");
}

TEST_F(ResidencyLeaves, TheOperatorOnlyNarrows) {
  ASSERT_EQ(take(own({"DE", "PS"}), 1), "");
  ASSERT_EQ(take(own({"PS"}), 0), "");
  const std::string refusal = "only the account itself lets its bytes lie in more places";
  EXPECT_EQ(judge(leaf(own({"DE", "PS"}), 0)), refusal);
  EXPECT_EQ(judge(leaf(own({}), 0)), refusal);
  EXPECT_EQ(judge(leaf(own({}), 2)), refusal);
  EXPECT_EQ(judge(leaf(own({}), 1)), "");
  ASSERT_EQ(take(of_bucket({"PS"}), 0), "");
  EXPECT_EQ(judge(leaf(of_bucket({}), 0)), refusal);
  EXPECT_EQ(judge(leaf(of_bucket({"PS"}, 2), 2)), "the bucket is another account's");
}

TEST_F(ResidencyLeaves, GoesWithItsBucketAndItsAccount) {
  ASSERT_EQ(take(own({"PS"}), 1), "");
  ASSERT_EQ(take(of_bucket({"PS"}), 1), "");
  EXPECT_NE(judge(leaf(of_bucket({"DE"}), 1)), "");
  ASSERT_EQ(take(ForgetBucket{kBucket}, 1), "");
  EXPECT_EQ(judge(leaf(own({"DE"}), 1)), "");
  ASSERT_EQ(take(DeleteAccount{kAccount}), "");
  EXPECT_EQ(judge(leaf(of_bucket({"DE"}, 2), 2)), "");
}

}  // namespace
}  // namespace muzn::control
