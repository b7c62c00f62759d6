// The ladder: what may follow what, when, and signed by whom; and what a rung denies.
#include "control/suspension.h"
#include "audit/due_process_json.h"

#include <gtest/gtest.h>

#include "audit/policy_set.h"
#include "codec/date.h"
#include "leaves/cases.h"
#include "policy/acceptable_use.h"
#include "policy/evaluate.h"
#include "unit/control/fakes.h"

namespace muzn::control {
namespace {

using audit::Rung;
using audit::Stage;
using std::chrono::hours;

const std::string kAccount = sample_account_id(1);
constexpr hours kDay{24};
const Time kStart = from_seconds(1'800'000'000);

class Ladder : public testing::Test {
 public:
  const Person ada{'a'}, bea{'b'}, cem{'c'}, dan{'d'}, eva{'e'};
  State state;
  Time now = kStart;

  Ladder() {
    EXPECT_EQ(run(sample_genesis()), "");
    EXPECT_EQ(run(sample_key(0, "", "ROOT")), "");
    EXPECT_EQ(run(CreateAccount{sample_account(1)}), "");
    EXPECT_EQ(run(CreateAccount{sample_account(2)}), "");
    appoint(ada, {"officers", "suspension"}, {});
    appoint(bea, {"officers", "charters"}, {&ada});
    appoint(cem, {"appeals"}, {&ada, &bea});
    appoint(dan, {"appeals", "suspension"}, {&ada, &bea});
    appoint(eva, {"charters", "suspension"}, {&ada, &bea});
  }
  void appoint(const Person& who, std::set<std::string> duties,
               std::initializer_list<const Person*> signers) {
    EXPECT_EQ(run(signed_by(state, appointment(who, std::move(duties)), signers)), "");
  }
  // "" or the error's code.
  std::string run(ActBody body, const std::string& actor = "") {
    Act act = next_act(state, std::move(body));
    act.time = now;
    if (std::holds_alternative<FileComplaint>(act.body)) act.actor = kPublicActor;
    if (!actor.empty()) act.actor = actor;
    const State before = state;
    const Result<void> done = apply_in_place(state, act);
    if (done) return "";
    EXPECT_EQ(state, before) << "a refused act changed the state";
    said = done.error().what;
    return name(done.error().code);
  }
  std::string said;

  std::uint64_t step() const {
    const StoredCase* const one = state.case_of_id(std::string(32, '1'));
    return one == nullptr ? 0 : one->now.steps;
  }
  CaseRef at() const { return case_ref(kAccount, step()); }
  const audit::Case& now_case() const { return state.case_of_id(std::string(32, '1'))->now; }

  using Signers = std::initializer_list<const Person*>;
  std::string notice(Signers who) { return run(signed_by(state, sample_notice(at(), now), who)); }
  std::string answer(const std::string& what, const std::string& account = kAccount) {
    return run(sample_answer(at(), what), "arn:aws:iam::" + account + ":root");
  }
  std::string decide(const std::string& what, Signers who, Rung rung = Rung::kNone) {
    DecideCase act = sample_decision(at(), what, rung);
    if (what == "terminate") act.export_until = now + audit::kExportWindow;
    return run(signed_by(state, act, who));
  }
  std::string decide_appeal(const std::string& what, Signers who, Rung rung = Rung::kNone) {
    return run(signed_by(state, sample_appeal_decision(at(), what, rung), who));
  }
  std::string emergency(hours length, char id = '1') {
    const CaseRef where = id == '1' ? at() : case_ref(kAccount, 0, id);
    return run(signed_by(state, sample_emergency(where, now + length), {&ada}));
  }
  void restricted(Rung rung = Rung::kNoWrites) {
    ASSERT_EQ(notice({&ada}), "");
    now += audit::kReplyWindow;
    ASSERT_EQ(decide("restrict", {&ada, &bea}, rung), "");
  }

  // What the account's policy of its cases says of an action.
  bool denied(std::string_view action, Time when) const {
    const StoredSuspension* const found = state.suspension(kAccount);
    if (found == nullptr) return false;
    policy::GivenFacts facts;
    facts.set("aws:CurrentTime", {codec::iso8601_millis(when)});
    const policy::Caller caller{.account = kAccount, .is_root = true, .arn = "", .user_id = ""};
    return policy::evaluate(found->ceiling, policy::Attachment::kIdentity,
                            {.caller = caller, .action = action, .resource = "*", .facts = facts})
               .verdict == policy::Verdict::kDeny;
  }
  bool denied(std::string_view action) const { return denied(action, now); }
};

TEST_F(Ladder, TheWholeOfIt) {
  EXPECT_EQ(run(sample_complaint()), "");
  GiveNotice first = sample_notice(at(), now);
  first.ticket = std::string(32, '9');
  EXPECT_EQ(run(signed_by(state, first, {&ada})), "");
  EXPECT_EQ(state.suspension(kAccount), nullptr) << "a notice restricts nothing";
  EXPECT_EQ(answer("reply"), "");
  now += audit::kReplyWindow;
  EXPECT_EQ(decide("restrict", {&ada, &bea}, Rung::kNoWrites), "");
  EXPECT_TRUE(denied("s3:PutObject"));
  EXPECT_EQ(answer("appeal"), "");
  EXPECT_EQ(decide_appeal("lighten", {&cem, &dan}, Rung::kNoAi), "");
  EXPECT_FALSE(denied("s3:PutObject"));
  EXPECT_TRUE(denied("bedrock:InvokeModel"));
  EXPECT_EQ(decide("lift", {&ada, &bea}), "");
  EXPECT_EQ(now_case().stage, Stage::kClosed);
  EXPECT_EQ(state.suspension(kAccount), nullptr);
  EXPECT_EQ(state.case_of_id(std::string(32, '1'))->steps.size(), 6U);
  EXPECT_EQ(notice({&ada}), "precondition") << "a closed case stays closed";
}

TEST_F(Ladder, NoStepIsSkipped) {
  EXPECT_EQ(decide("restrict", {&ada, &bea}, Rung::kNoAi), "not_found");
  ASSERT_EQ(notice({&ada}), "");
  EXPECT_EQ(decide("restrict", {&ada, &bea}, Rung::kNoAi), "precondition");
  EXPECT_NE(said.find("may still reply"), std::string::npos);
  EXPECT_EQ(decide("terminate", {&ada, &bea}), "precondition");
  EXPECT_EQ(decide("lift", {&ada, &bea}), "precondition");
  EXPECT_EQ(decide_appeal("keep", {&cem, &dan}), "precondition");
  EXPECT_EQ(answer("appeal"), "precondition");
  now += audit::kReplyWindow - std::chrono::microseconds(1);
  EXPECT_EQ(decide("restrict", {&ada, &bea}, Rung::kNoAi), "precondition");
  now += std::chrono::microseconds(1);
  EXPECT_EQ(decide("restrict", {&ada, &bea}, Rung::kNoAi), "");
  EXPECT_EQ(answer("reply"), "precondition");
  EXPECT_EQ(decide("restrict", {&ada, &bea}, Rung::kNoWrites), "precondition")
      << "harder takes a notice of its own";
  EXPECT_EQ(decide("terminate", {&ada, &bea}), "precondition");
  now += audit::kAppealWindow;
  EXPECT_EQ(decide("terminate", {&ada, &bea}), "");
}

TEST_F(Ladder, TheReplyWindowHasALeast) {
  GiveNotice act = sample_notice(at(), now);
  act.reply_until -= std::chrono::microseconds(1);
  EXPECT_EQ(run(signed_by(state, act, {&ada})), "invalid");
  act.reply_until = now + audit::kReplyWindowMax + kDay;
  EXPECT_EQ(run(signed_by(state, act, {&ada})), "invalid");
}

TEST_F(Ladder, WhoHasNoMoreToSayWaives) {
  ASSERT_EQ(notice({&ada}), "");
  EXPECT_EQ(answer("waive", sample_account_id(2)), "denied");
  EXPECT_EQ(answer("waive", sample_account_id(0)), "denied") << "not the operator for it";
  EXPECT_EQ(answer("waive"), "");
  EXPECT_EQ(decide("restrict", {&ada, &bea}, Rung::kNoAi), "");
}

TEST_F(Ladder, NobodyActsAlone) {
  EXPECT_EQ(notice({}), "denied");
  EXPECT_EQ(notice({&bea}), "denied") << "has no such duty";
  EXPECT_EQ(notice({&ada}), "");
  now += audit::kReplyWindow;
  const Rung rung = Rung::kNoAi;
  EXPECT_EQ(decide("restrict", {}, rung), "denied");
  EXPECT_EQ(decide("restrict", {&ada}, rung), "denied");
  EXPECT_EQ(decide("restrict", {&eva}, rung), "denied") << "two duties, one person";
  EXPECT_EQ(decide("restrict", {&ada, &dan}, rung), "denied") << "two persons, one duty";
  EXPECT_EQ(decide("restrict", {&ada, &bea, &cem}, rung), "denied");
  EXPECT_EQ(decide("dismiss", {&ada}), "denied");
  EXPECT_EQ(decide("restrict", {&eva, &ada}, rung), "");
  EXPECT_EQ(decide("lift", {&bea}), "denied");
  ASSERT_EQ(answer("appeal"), "");
  EXPECT_EQ(decide_appeal("keep", {&cem}), "denied");
  EXPECT_EQ(decide_appeal("keep", {&cem, &ada}), "denied");
  EXPECT_EQ(decide_appeal("keep", {&cem, &dan}), "");
}

TEST_F(Ladder, WhoSignedBeforeDoesNotDecideTheAppeal) {
  ASSERT_EQ(run(signed_by(state, sample_notice(at(), now), {&dan})), "");
  now += audit::kReplyWindow;
  ASSERT_EQ(decide("restrict", {&ada, &bea}, Rung::kNoAi), "");
  ASSERT_EQ(answer("appeal"), "");
  EXPECT_EQ(decide_appeal("keep", {&cem, &dan}), "denied");
}

TEST_F(Ladder, AnApprovalCountsOnceThereAndForTheseBytes) {
  restricted();
  ASSERT_EQ(answer("appeal"), "");
  const DecideAppeal act = signed_by(state, sample_appeal_decision(at(), "keep"), {&cem, &dan});
  DecideAppeal other = act;
  other.what = "lift";
  EXPECT_EQ(run(other), "denied") << "forged";
  EXPECT_EQ(run(act), "");
  EXPECT_EQ(run(act), "invalid") << "replayed";
  // The same words in another case.
  const GiveNotice given = signed_by(state, sample_notice(case_ref(kAccount, 0, '2'), now), {&ada});
  GiveNotice moved = given;
  moved.at.account = sample_account_id(2);
  EXPECT_EQ(run(moved), "denied");
  EXPECT_EQ(run(given), "");
}

TEST_F(Ladder, NothingIsBackdated) {
  now += 100 * kDay;
  ASSERT_EQ(run(sample_complaint()), "");
  const Time latest = now;
  now = kStart;
  EXPECT_EQ(notice({&ada}), "precondition");
  EXPECT_NE(said.find("backdated"), std::string::npos);
  now = latest - audit::kStepTolerance;
  EXPECT_EQ(notice({&ada}), "") << "the clocks of nodes differ a little";
  // A clock that was put forward: what comes behind waits for it.
  now = latest + 200 * kDay;
  EXPECT_EQ(decide("restrict", {&ada, &bea}, Rung::kNoAi), "");
  now = latest + 8 * kDay;
  EXPECT_EQ(answer("appeal"), "precondition");
}

TEST_F(Ladder, AnEmergencyLapses) {
  EXPECT_EQ(emergency(audit::kEmergencyMax + hours(1)), "invalid");
  EXPECT_EQ(emergency(hours(0)), "invalid");
  EXPECT_EQ(emergency(audit::kEmergencyMax), "");
  const Time began = now;
  EXPECT_TRUE(denied("s3:PutObject"));
  EXPECT_FALSE(denied("s3:GetObject"));
  EXPECT_FALSE(denied("s3:PutObject", began + audit::kEmergencyMax)) << "by itself";
  EXPECT_EQ(emergency(hours(1)), "precondition") << "one per case";
  EXPECT_EQ(emergency(hours(1), '2'), "precondition") << "it still holds";
  now += audit::kEmergencyMax + audit::kEmergencyPause - hours(1);
  EXPECT_EQ(emergency(hours(1), '2'), "precondition");
  now += hours(1);
  EXPECT_EQ(emergency(hours(1), '2'), "");
}

TEST_F(Ladder, ADecisionEndsAnEmergency) {
  ASSERT_EQ(emergency(audit::kEmergencyMax), "");
  EXPECT_EQ(decide("restrict", {&ada, &bea}, Rung::kNoAi), "precondition");
  ASSERT_EQ(notice({&ada}), "");
  ASSERT_EQ(answer("waive"), "");
  now += hours(10);
  EXPECT_EQ(decide("restrict", {&ada, &bea}, Rung::kNoAi), "");
  EXPECT_FALSE(denied("s3:PutObject"));
  EXPECT_EQ(emergency(hours(1), '2'), "") << "the first one was decided on";
}

TEST_F(Ladder, ATerminationLeavesTimeToTakeDataAway) {
  restricted(Rung::kNoAi);
  ASSERT_EQ(answer("appeal"), "");
  now += audit::kAppealWindow;
  EXPECT_EQ(decide("terminate", {&ada, &bea}), "precondition") << "the appeal is open";
  ASSERT_EQ(decide_appeal("keep", {&cem, &dan}), "");
  DecideCase act = sample_decision(at(), "terminate");
  act.export_until = now + audit::kExportWindow - hours(1);
  EXPECT_EQ(run(signed_by(state, act, {&ada, &bea})), "invalid");
  EXPECT_EQ(decide("terminate", {&ada, &bea}), "");
  EXPECT_TRUE(denied("s3:DeleteObject"));
  EXPECT_FALSE(denied("s3:GetObject"));
  EXPECT_EQ(run(DeleteAccount{kAccount}), "precondition");
  now += audit::kExportWindow;
  EXPECT_TRUE(denied("s3:GetObject"));
  for (const char* action : {"muzn:GetCase", "muzn:AnswerCase", "muzn:ReadLog", "muzn:WhoAmI"}) {
    EXPECT_FALSE(denied(action)) << action;
  }
  EXPECT_EQ(answer("appeal"), "") << "against the termination, of its own";
  EXPECT_EQ(run(DeleteAccount{kAccount}), "");
}

TEST_F(Ladder, WhatARungDenies) {
  struct Row {
    const char* action;
    Rung from;  // denied on this rung and above; kNone: never
  };
  constexpr Row kRows[] = {{"bedrock:InvokeModel", Rung::kNoAi},
                           {"s3:PutObject", Rung::kNoWrites},
                           {"s3:CreateBucket", Rung::kNoWrites},
                           {"s3:RestoreObject", Rung::kNoWrites},
                           {"s3:ReplicateObject", Rung::kNoWrites},
                           {"lambda:InvokeFunction", Rung::kNoWrites},
                           {"s3:DeleteObject", Rung::kReadAndExport},
                           {"iam:CreateUser", Rung::kReadAndExport},
                           {"muzn:CreateKey", Rung::kReadAndExport},
                           {"s3:GetObject", Rung::kNone},
                           {"s3:ListBucket", Rung::kNone},
                           {"iam:ListUsers", Rung::kNone},
                           {"muzn:AnswerCase", Rung::kNone},
                           {"muzn:ReadLog", Rung::kNone}};
  restricted(Rung::kReadAndExport);
  for (const Rung rung : {Rung::kReadAndExport, Rung::kNoWrites, Rung::kNoAi}) {
    if (rung != Rung::kReadAndExport) {
      ASSERT_EQ(decide("restrict", {&ada, &bea}, rung), "") << said;
    }
    for (const Row& row : kRows) {
      EXPECT_EQ(denied(row.action), row.from != Rung::kNone && rung >= row.from)
          << row.action << " on " << audit::rung_name(rung);
    }
  }
}

TEST_F(Ladder, ACaseOfOneServiceLeavesTheOthersAlone) {
  GiveNotice act = sample_notice(at(), now);
  act.services = {"ai"};
  ASSERT_EQ(run(signed_by(state, act, {&ada})), "");
  now += audit::kReplyWindow;
  ASSERT_EQ(decide("restrict", {&ada, &bea}, Rung::kReadAndExport), "");
  EXPECT_TRUE(denied("bedrock:InvokeModel"));
  EXPECT_FALSE(denied("s3:PutObject"));
  EXPECT_FALSE(denied("iam:CreateUser"));
}

TEST_F(Ladder, ExportIsClosedByAnOrderAlone) {
  restricted(Rung::kReadAndExport);
  const auto close = [&](Signers who, hours length) {
    return run(signed_by(state, sample_order(at(), now + length), who));
  };
  EXPECT_EQ(close({&ada}, kDay), "denied");
  EXPECT_EQ(close({&ada, &bea}, hours(0)), "invalid");
  EXPECT_FALSE(denied("s3:GetObject"));
  EXPECT_EQ(close({&ada, &bea}, kDay), "");
  EXPECT_TRUE(denied("s3:GetObject"));
  EXPECT_FALSE(denied("s3:GetObject", now + kDay));
  EXPECT_EQ(decide("lift", {&ada, &bea}), "");
  EXPECT_FALSE(denied("s3:GetObject"));
}

TEST_F(Ladder, WhatCannotBe) {
  EXPECT_EQ(run(sample_complaint(), "arn:aws:iam::100000000000:root"), "invalid");
  EXPECT_EQ(run(DeleteAccount{kAccount}, std::string(kPublicActor)), "invalid");
  EXPECT_EQ(run(sample_complaint()), "");
  EXPECT_EQ(run(sample_complaint()), "exists");
  GiveNotice act = sample_notice(at(), now);
  act.ticket = std::string(32, '8');
  EXPECT_EQ(run(signed_by(state, act, {&ada})), "not_found");
  act = sample_notice(case_ref(state.operator_id, 0), now);
  EXPECT_EQ(run(signed_by(state, act, {&ada})), "denied");
  for (const auto& change : std::initializer_list<void (*)(GiveNotice&)>{
           [](GiveNotice& one) { one.rule = ""; }, [](GiveNotice& one) { one.rule = "\"AU-5\""; },
           [](GiveNotice& one) { one.authority = std::string(201, 'a'); },
           [](GiveNotice& one) { one.evidence = {}; },
           [](GiveNotice& one) { one.evidence = {"a text"}; },
           [](GiveNotice& one) {
             for (char c = 'a'; c <= 'f'; ++c) {
               for (char d = '0'; d < '4'; ++d) one.evidence.insert(std::string(63, c) + d);
             }
           },
           [](GiveNotice& one) { one.services = {"mail"}; },
           [](GiveNotice& one) { one.at.id = "x"; }, [](GiveNotice& one) { one.at.nonce = ""; }}) {
    act = sample_notice(at(), now);
    change(act);
    EXPECT_EQ(run(signed_by(state, act, {&ada})), "invalid");
  }
}

TEST_F(Ladder, AnAccountHasSoManyOpenCases) {
  for (std::size_t n = 0; n < audit::kOpenCasesMax; ++n) {
    const CaseRef where = case_ref(kAccount, 0, static_cast<char>(n < 6 ? 'a' + n : '0' + n - 6));
    ASSERT_EQ(run(signed_by(state, sample_notice(where, now), {&ada})), "");
  }
  CaseRef more = case_ref(kAccount, 0);
  more.id = std::string(31, '0') + "1";
  EXPECT_EQ(run(signed_by(state, sample_notice(more, now), {&ada})), "limit");
}

TEST_F(Ladder, ThePolicySetIsWhatIsUponTheAccount) {
  const std::string none(state.policy_set(kAccount));
  EXPECT_EQ(none,
            audit::policy_set_hash({{"acceptable_use", std::string(policy::kAcceptableUse)}}));
  restricted(Rung::kNoWrites);
  const std::string id(32, '1');
  EXPECT_EQ(state.policy_set(kAccount),
            audit::policy_set_hash({{"acceptable_use", std::string(policy::kAcceptableUse)},
                                    {"case." + id, now_case().body},
                                    {"restriction." + id, "no_writes"}}));
  EXPECT_EQ(state.policy_set(sample_account_id(2)), none);
  ASSERT_EQ(decide("lift", {&ada, &bea}), "");
  EXPECT_EQ(state.policy_set(kAccount), none);
}

TEST_F(Ladder, ACaseIsTheSameAgainFromItsJson) {
  ASSERT_EQ(emergency(hours(70)), "");
  restricted();
  ASSERT_EQ(run(signed_by(state, sample_order(at(), now + kDay), {&ada, &bea})), "");
  const audit::Case one = now_case();
  const auto back = audit::case_from_json(audit::to_json(one));
  ASSERT_TRUE(back) << back.error().what;
  EXPECT_EQ(*back, one);
  codec::Json wrong = audit::to_json(one);
  wrong["more"] = 1;
  EXPECT_FALSE(audit::case_from_json(wrong));
  wrong = audit::to_json(one);
  wrong.erase("stage");
  EXPECT_FALSE(audit::case_from_json(wrong));
}

}  // namespace
}  // namespace muzn::control
