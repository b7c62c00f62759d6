// The judge of control rows, without the sealing key.
#include "control/verify.h"

#include <gtest/gtest.h>

#include "control/controller.h"
#include "control/rows.h"
#include "meta/mem_store.h"
#include "unit/control/fakes.h"

namespace muzn::control {
namespace {

struct VerifyActs : testing::Test {
  VerifyActs() {
    controller =
        run_sync(open_controller(rows, log.ledger(), clock, rng, kSealingKey, {}, "us-east-1"))
            .value();
    const std::string account = controller->state()->operator_id;
    propose(controller->new_key(account, "", "", ""));
    const auto gone = controller->new_key(account, "", "", "");
    propose(gone);
    propose(DeleteKey{gone.key.access_key});
  }
  void propose(ActBody body) {
    ASSERT_TRUE(run_sync(controller->propose("actor", "request", std::move(body))));
  }
  void change(const std::string& key, std::optional<std::string> value) {
    change_row(rows, key, std::move(value));
  }
  // The one error there is, or all of them.
  std::string error() {
    std::string out;
    for (const auto& one : verify_acts(rows).errors) out += one + "\n";
    return out;
  }

  meta::MemStore rows;
  TestLog log{rows};
  FakeClock clock;
  SeededRng rng;
  std::unique_ptr<Controller> controller;
};

TEST_F(VerifyActs, AGoodListIsClean) {
  EXPECT_EQ(error(), "");
  EXPECT_EQ(verify_acts(rows).acts, 5U);
  EXPECT_EQ(verify_acts(rows).rows, 17U);  // with a salt and a leaf each, and two secrets
}

TEST_F(VerifyActs, ActsThatAreMissingOrDoNotReadOrApply) {
  const auto act = run_sync(rows.get(meta::kControlShard, act_row(2))).value();
  change(act_row(2), std::nullopt);
  EXPECT_EQ(error(), "control: act 2 is missing; the acts behind it are not judged\n");
  EXPECT_EQ(verify_acts(rows).acts, 2U);
  change(act_row(2), "{}");
  EXPECT_NE(error().find("act 2: "), std::string::npos);
  change(act_row(2), run_sync(rows.get(meta::kControlShard, act_row(0))).value());
  EXPECT_NE(error().find("act 2 does not apply"), std::string::npos);
  change(act_row(2), act);
  EXPECT_EQ(error(), "");
}

TEST_F(VerifyActs, SecretsFitTheKeysInForce) {
  const auto secret = run_sync(rows.get(meta::kControlShard, secret_row(2))).value();
  change(secret_row(2), std::nullopt);
  EXPECT_NE(error().find("is missing"), std::string::npos);
  change(secret_row(2), secret);
  change(secret_row(3), secret);  // of the key that was deleted
  EXPECT_EQ(error(), "control: a secret row of no key in force\n");
  change(secret_row(3), std::nullopt);
  change("z", "");
  EXPECT_EQ(error(), "control: a row of an unknown tag\n");
}

TEST_F(VerifyActs, LeavesFitTheActs) {
  const auto place = run_sync(rows.get(meta::kControlShard, leaf_row(2))).value();
  const auto salt = run_sync(rows.get(meta::kControlShard, salt_row(2))).value();
  change(leaf_row(2), run_sync(rows.get(meta::kControlShard, leaf_row(1))).value());
  EXPECT_EQ(error(), "control: the leaves of acts are not in the order of the acts\n");
  change(leaf_row(2), "x");
  EXPECT_EQ(error(), "control: a leaf's place does not read\n");
  // A crash may come before an act is logged.
  change(leaf_row(4), std::nullopt);
  change(leaf_row(2), place);
  EXPECT_EQ(error(), "");
  change(salt_row(2), std::nullopt);
  EXPECT_EQ(error(), "control: a leaf without its salt\n");
  change(salt_row(2), "x");
  EXPECT_EQ(error(), "control: a salt of a wrong size\n");
  change(salt_row(2), salt);
  change(salt_row(5), salt);
  EXPECT_EQ(error(), "control: a salt of no act\n");
  change(salt_row(5), std::nullopt);
  change(leaf_row(5), encode_leaf_place({.origin = 0, .index = 99}));
  EXPECT_EQ(error(), "control: a leaf of no act\ncontrol: a leaf without its salt\n");
}

TEST(VerifyNoActs, IsAnError) {
  meta::MemStore rows;
  EXPECT_EQ(verify_acts(rows).errors.size(), 1U);
}

}  // namespace
}  // namespace muzn::control
