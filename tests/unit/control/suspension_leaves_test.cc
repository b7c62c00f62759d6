// What auditors say of a node that does what apply() refuses, and logs it in the proper form.
#include <gtest/gtest.h>

#include "audit/commitment.h"
#include "audit/policy_set.h"
#include "audit/rules.h"
#include "control/leaf.h"
#include "leaves/cases.h"
#include "unit/control/fakes.h"

namespace muzn::control {
namespace {

using audit::Rung;
using std::chrono::hours;

const std::string kTenant = sample_account_id(1);
const std::string kTenantRoot = "arn:aws:iam::" + kTenant + ":root";
const std::string kOperatorRoot = "arn:aws:iam::" + sample_account_id(0) + ":root";

class DishonestNode : public testing::Test {
 public:
  const Person ada{'a'}, bea{'b'}, cem{'c'}, dan{'d'};
  State state;
  audit::Rules rules;
  std::vector<audit::Leaf> leaves;
  Time now = from_seconds(1'800'000'000);

  DishonestNode() {
    log(sample_genesis());
    log(sample_key(0, "", "ROOT"));
    log(CreateAccount{sample_account(1)});
    appoint(ada, {"officers", "suspension"}, {});
    appoint(bea, {"officers", "charters"}, {&ada});
    appoint(cem, {"appeals"}, {&ada, &bea});
    appoint(dan, {"appeals", "suspension"}, {&ada, &bea});
  }
  void appoint(const Person& who, std::set<std::string> duties,
               std::initializer_list<const Person*> signers) {
    log(signed_by(state, appointment(who, std::move(duties)), signers));
  }

  // "" or the fault that an auditor finds in its leaf.
  std::string fault_of(const ActBody& body, const std::string& actor = kOperatorRoot) const {
    audit::Rules judge = rules;
    return judged(judge, act_of(body, actor), std::string(audit::kSaltBytes, 's'));
  }
  void log(const ActBody& body, const std::string& actor = kOperatorRoot) {
    Act act = act_of(body, actor);
    const std::string salt(audit::kSaltBytes, static_cast<char>('A' + state.acts % 50));
    give_handle(act, salt);
    const State before = state;
    const auto done = apply_in_place(state, act);
    ASSERT_TRUE(done) << done.error().what;
    EXPECT_EQ(judged(rules, act, salt, &before), "");
    leaves.push_back(leaf_of(before, act, salt));
  }
  using Signers = std::initializer_list<const Person*>;
  std::uint64_t step() const {
    const StoredCase* const one = state.case_of_id(std::string(32, '1'));
    return one == nullptr ? 0 : one->now.steps;
  }
  CaseRef at() const { return case_ref(kTenant, step()); }
  GiveNotice notice(Signers who) const { return signed_by(state, sample_notice(at(), now), who); }
  DecideCase decision(const char* what, Signers who, Rung rung = Rung::kNone) const {
    return signed_by(state, sample_decision(at(), what, rung), who);
  }
  DecideAppeal on_appeal(Signers who) const {
    return signed_by(state, sample_appeal_decision(at(), "keep"), who);
  }

 private:
  Act act_of(const ActBody& body, const std::string& actor) const {
    Act act = next_act(state, body);
    act.time = now;
    act.actor = std::holds_alternative<FileComplaint>(body) ? std::string(kPublicActor) : actor;
    return act;
  }
  std::string judged(audit::Rules& judge, const Act& act, const std::string& salt,
                     const State* before = nullptr) const {
    const audit::Leaf leaf = leaf_of(before == nullptr ? state : *before, act, salt);
    for (const audit::Finding& finding : judge.take(audit::encode_leaf(leaf)).findings) {
      if (finding.kind == audit::Finding::Kind::kFault) return finding.what;
    }
    return "";
  }
};

TEST_F(DishonestNode, SkipsSteps) {
  EXPECT_NE(fault_of(decision("restrict", {&ada, &bea}, Rung::kNoAi)), "");
  EXPECT_EQ(fault_of(notice({&ada})), "");
  log(notice({&ada}));
  now += hours(24);
  EXPECT_NE(fault_of(decision("restrict", {&ada, &bea}, Rung::kNoAi)).find("may still reply"),
            std::string::npos);
  EXPECT_NE(fault_of(decision("terminate", {&ada, &bea})), "");
  EXPECT_NE(fault_of(on_appeal({&cem, &dan})), "");
  now += audit::kReplyWindow;
  EXPECT_EQ(fault_of(decision("restrict", {&ada, &bea}, Rung::kNoAi)), "");
}

TEST_F(DishonestNode, ActsAlone) {
  EXPECT_NE(fault_of(notice({})), "");
  EXPECT_NE(fault_of(notice({&bea})), "");
  log(notice({&ada}));
  now += audit::kReplyWindow;
  EXPECT_NE(fault_of(decision("restrict", {&ada}, Rung::kNoAi)), "");
  EXPECT_NE(fault_of(decision("restrict", {&ada, &dan}, Rung::kNoAi)), "");
  DecideCase forged = decision("restrict", {&ada, &bea}, Rung::kNoAi);
  forged.rung = Rung::kReadAndExport;
  EXPECT_NE(fault_of(forged), "") << "other words under good signatures";
  log(decision("restrict", {&ada, &bea}, Rung::kNoAi));
  EXPECT_NE(fault_of(sample_answer(at(), "appeal")), "") << "the operator for the account";
  log(sample_answer(at(), "appeal"), kTenantRoot);
  EXPECT_NE(fault_of(on_appeal({&cem})), "");
  EXPECT_NE(fault_of(on_appeal({&ada, &cem})), "");
  EXPECT_EQ(fault_of(on_appeal({&dan, &cem})), "");
}

TEST_F(DishonestNode, BackdatesAndReplays) {
  const GiveNotice given = notice({&ada});
  log(given);
  EXPECT_NE(fault_of(given), "") << "replayed";
  now += audit::kReplyWindow;
  log(sample_complaint());
  now -= hours(1);
  EXPECT_NE(fault_of(sample_answer(at(), "reply"), kTenantRoot).find("backdated"),
            std::string::npos);
}

TEST_F(DishonestNode, RestrictsTooLong) {
  const auto at_once = [&](hours length) {
    return signed_by(state, sample_emergency(at(), now + length), {&ada});
  };
  EXPECT_NE(fault_of(at_once(audit::kEmergencyMax + hours(1))), "");
  EXPECT_EQ(fault_of(at_once(audit::kEmergencyMax)), "");
  log(at_once(audit::kEmergencyMax));
  EXPECT_NE(fault_of(at_once(hours(1))), "");
  GiveNotice short_of_time = sample_notice(at(), now);
  short_of_time.reply_until -= hours(1);
  EXPECT_NE(fault_of(signed_by(state, short_of_time, {&ada})), "");
  GiveNotice of_nothing = sample_notice(at(), now);
  of_nothing.ticket = std::string(32, '8');
  EXPECT_NE(fault_of(signed_by(state, of_nothing, {&ada})), "") << "no such complaint";
}

// The fold goes on from its JSON, and makes the same policy set as the node.
TEST_F(DishonestNode, ThePolicySetOfLeavesIsTheNodes) {
  log(notice({&ada}));
  now += audit::kReplyWindow;
  log(decision("restrict", {&ada, &bea}, Rung::kNoWrites));
  audit::Fold fold;
  for (std::size_t n = 0; n < leaves.size(); ++n) {
    ASSERT_TRUE(audit::fold_leaf(fold, leaves[n], n));
  }
  const auto back = audit::Fold::from_json(fold.to_json());
  ASSERT_TRUE(back) << back.error().what;
  EXPECT_EQ(*back, fold);
  for (const std::string& id : {kTenant, sample_account_id(0)}) {
    EXPECT_EQ(audit::policy_set_hash(
                  back->policy_lines_of(state.account(id)->handle, policy::kAcceptableUse)),
              state.policy_set(id));
  }
  EXPECT_NE(state.policy_set(kTenant), state.policy_set(sample_account_id(0)));
}

}  // namespace
}  // namespace muzn::control
