#include "control/leaf.h"

#include <gtest/gtest.h>

#include "audit/commitment.h"
#include "leaves/cases.h"
#include "leaves/signers.h"
#include "unit/control/fakes.h"

namespace muzn::control {
namespace {

const std::string kSalt(audit::kSaltBytes, 'x');

// A state with two accounts, a user and two keys, whose accounts have handles.
State sample_state() {
  State state;
  Genesis genesis = sample_genesis();
  genesis.account.handle = account_handle(kSalt, genesis.account.id);
  CreateAccount account{sample_account(1)};
  account.account.handle = account_handle(kSalt, account.account.id);
  for (ActBody body : std::initializer_list<ActBody>{
           genesis, sample_key(0, "", "ROOTKEY"), account, CreateUser{sample_user(1, "zaynab", 7)},
           sample_key(1, "zaynab", "USERKEY"), sample_key(1, "", "OTHERKEY"),
           PutAccountPublicAccessBlock{sample_account_id(1), {}},
           PutBucketPolicy{sample_bucket(), kPolicy},
           PutLockDefault{sample_bucket(), {.compliance = false, .days = 1, .years = 0}},
           sample_group(1, "painters", 1), sample_role(1, "painter", 2),
           sample_policy(1, "painting", 3)}) {
    EXPECT_TRUE(apply_in_place(state, next_act(state, std::move(body))));
  }
  return state;
}

const IamRef kRole = sample_ref(1, IamKind::kRole, "painter");
const IamRef kGroup = sample_ref(1, IamKind::kGroup, "painters");

// One act of each kind, which applies to sample_state(); genesis applies to none.
std::vector<ActBody> one_of_each() {
  return {sample_genesis(),
          CreateAccount{sample_account(2)},
          DeleteAccount{sample_account_id(2)},
          CreateUser{sample_user(1, "layla", 9)},
          DeleteUser{sample_account_id(1), "zaynab"},
          sample_key(1, "zaynab", "NEWKEY"),
          SetKeyStatus{"USERKEY", KeyStatus::kInactive},
          DeleteKey{"USERKEY"},
          PutPublicAccessBlock{sample_bucket(), policy::kBlockAll},
          DeletePublicAccessBlock{sample_bucket()},
          ForgetBucket{sample_bucket()},
          PutLockDefault{sample_bucket(), {.compliance = true, .days = 0, .years = 2}},
          DeleteLockDefault{sample_bucket()},
          PutBucketPolicy{sample_bucket(), kPolicy},
          DeleteBucketPolicy{sample_bucket()},
          PutAccountPublicAccessBlock{sample_account_id(1), policy::kBlockAll},
          DeleteAccountPublicAccessBlock{sample_account_id(1)},
          PutTrail{sample_trail(1)},
          DeleteTrail{sample_account_id(1), "trail"},
          SetTrailLogging{sample_account_id(1), "trail", true, from_micros(9)},
          SetGranularity{sample_account_id(1), sample_bucket(), Granularity::kFull},
          sample_group(1, "painters2", 4),
          DeleteIam{kRole},
          RenameIam{kGroup, "painters3", "/painting/"},
          sample_role(1, "painter2", 5),
          UpdateRole{kRole.account, kRole.name, "painting", kRoleSessionSecondsMax},
          PutTrustPolicy{kRole.account, kRole.name, sample_trust()},
          AddUserToGroup{kRole.account, kGroup.name, "zaynab"},
          RemoveUserFromGroup{kRole.account, kGroup.name, "zaynab"},
          PutInlinePolicy{kRole, "painting", kAllowAll},
          DeleteInlinePolicy{kRole, "painting"},
          AttachPolicy{kRole, sample_policy_arn(1, "painting")},
          DetachPolicy{kRole, sample_policy_arn(1, "painting")},
          SetBoundary{kRole, sample_policy_arn(1, "painting")},
          sample_policy(1, "painting2", 6),
          CreatePolicyVersion{kRole.account, "painting", kDenyAll, true, {}},
          DeletePolicyVersion{kRole.account, "painting", 1},
          SetDefaultPolicyVersion{kRole.account, "painting", 1},
          PutTags{kRole, {{"painting", "layla"}}},
          DeleteTags{kRole, {"painting"}},
          PutProvider{sample_provider(1, "idp.example")},
          SetAccountAlias{kRole.account, "painting"},
          SetLimits{.account = sample_account_id(1), .limits = {.bytes = 0, .objects = 1}},
          SetLimits{.account = sample_account_id(1),
                    .bucket = sample_bucket(),
                    .limits = {.requests = 5, .bytes_in = 6, .bytes_out = 7}},
          ChangeSealingKey{std::string(64, 'c')},
          AppointOfficer{appointment(Person('a'), {"charters", "officers"})},
          DismissOfficer{Person('a').key(), {}},
          PutCharter{sample_charter(sample_account_id(1), Person('z')), {}},
          SetBucketPurpose{sample_account_id(1), sample_bucket(), "archive"},
          OpenBreakGlass{sample_grant(sample_account_id(1), sample_user(0, "eve", 1)), {}},
          CloseBreakGlass{sample_account_id(1), std::string(64, '1'), {}},
          sample_declaration("1.0"),
          sample_complaint(),
          sample_notice(case_ref(sample_account_id(1), 0), from_micros(7)),
          sample_answer(case_ref(sample_account_id(1), 1), "reply"),
          sample_decision(case_ref(sample_account_id(1), 2), "restrict", audit::Rung::kNoAi),
          sample_appeal_decision(case_ref(sample_account_id(1), 3), "keep"),
          sample_emergency(case_ref(sample_account_id(1), 4), from_micros(9)),
          sample_order(case_ref(sample_account_id(1), 5), from_micros(9)),
          PutSite{{.id = "home", .jurisdiction = "PS", .location = "the painters' house"}},
          DeleteSite{"home"},
          SetResidency{.account = sample_account_id(1), .jurisdictions = {"DE", "PS"}},
          SetResidency{.account = sample_account_id(1), .bucket = sample_bucket()}};
}

TEST(ActLeaf, EachKindHasOne) {
  const State state = sample_state();
  std::vector<bool> seen(std::variant_size_v<ActBody>);
  for (const ActBody& body : one_of_each()) {
    seen[body.index()] = true;
    const Act act = next_act(state, body);
    const audit::Leaf leaf = leaf_of(state, act, kSalt);
    const std::string entry = audit::encode_leaf(leaf);
    EXPECT_EQ(audit::decode_leaf(entry).value(), leaf);
    EXPECT_EQ(leaf.leaf_class, audit::kControlClass);
    EXPECT_EQ(leaf.kind, kind_name(body));
    EXPECT_EQ(leaf.sequence, act.sequence);
    EXPECT_EQ(leaf.time, act.time);
    EXPECT_EQ(leaf.hidden.at(kActCommitment),
              audit::commit_to(kSalt, kActCommitment, act_to_json(act)));
    EXPECT_EQ(leaf.hidden.at("actor"), audit::commit_to(kSalt, "actor", act.actor));
    // No name, and nothing that a name can be guessed from, is in the open.
    for (const char* name : {"zaynab", "layla", "paint", "USERKEY", "NEWKEY", "Account", "example",
                             "s3:", "REQ", "arn:", "100000000001", "100000000002"}) {
      EXPECT_FALSE(entry.contains(name)) << name << " in " << entry;
    }
  }
  // A new kind needs a line above, and one in docs/formats/leaf.md.
  EXPECT_EQ(std::ranges::count(seen, true), static_cast<long>(seen.size()));
}

TEST(ActLeaf, SaysWhoAndWhom) {
  const State state = sample_state();
  const std::string own = state.account(sample_account_id(1))->handle;
  const std::string operators = state.operator_account().handle;
  EXPECT_NE(own, operators);
  const auto leaf = [&](ActBody body, std::string actor) {
    Act act = next_act(state, std::move(body));
    act.actor = std::move(actor);
    return leaf_of(state, act, kSalt);
  };
  audit::Leaf one = leaf(DeleteKey{"USERKEY"}, "arn:aws:iam::100000000001:user/zaynab");
  EXPECT_EQ(one.account, own);
  EXPECT_EQ(one.facts["made_by"], 4);
  EXPECT_EQ(one.facts["actor"]["account"], own);
  EXPECT_EQ(one.facts["actor"]["user"], sample_user(1, "zaynab", 7).id);
  one = leaf(DeleteUser{sample_account_id(1), "zaynab"}, "arn:aws:iam::100000000000:root");
  EXPECT_EQ(one.account, own);
  EXPECT_EQ(one.facts["actor"]["account"], operators);
  EXPECT_EQ(one.facts["actor"]["user"], "root");
  EXPECT_EQ(one.facts["user"], sample_user(1, "zaynab", 7).id);
  one = leaf(PutLockDefault{sample_bucket(), {.compliance = true, .days = 3, .years = 0}},
             "arn:aws:iam::100000000001:root");
  EXPECT_EQ(one.account, own);
  EXPECT_EQ(one.facts["bucket"], sample_bucket().id);
  EXPECT_EQ(one.facts["compliance"], true);
  EXPECT_EQ(one.facts["days"], 3);
  one = leaf(DeleteBucketPolicy{sample_bucket()}, "genesis");
  EXPECT_EQ(one.facts["actor"]["account"], "");
  EXPECT_EQ(one.account, "");
  one = leaf(sample_key(1, "", "NEWKEY"), "arn:aws:iam::999999999999:root");
  EXPECT_EQ(one.facts["user"], "root");
  EXPECT_EQ(one.facts["actor"]["user"], "");
}

// Whoever is shown an account's id and the name's salt finds the account's leaves.
TEST(ActLeaf, AHandleIsTheCommitmentOfTheLeafThatMadeIt) {
  const State state = sample_state();
  const audit::Leaf leaf = leaf_of(state, next_act(state, CreateAccount{sample_account(2)}), kSalt);
  EXPECT_EQ(leaf.account, leaf.hidden.at("account_id"));
  EXPECT_EQ(leaf.account,
            audit::commitment(audit::name_salt(kSalt, "account_id"), sample_account_id(2)));
  EXPECT_EQ(leaf.account, account_handle(kSalt, sample_account_id(2)));
}

TEST(ActLeaf, TellsThingsByTheirIds) {
  const State state = sample_state();
  const auto facts = [&](ActBody body, std::string actor) {
    Act act = next_act(state, std::move(body));
    act.actor = std::move(actor);
    const audit::Leaf leaf = leaf_of(state, act, kSalt);
    EXPECT_EQ(leaf.account, state.account(sample_account_id(1))->handle);
    return leaf.facts;
  };
  const std::string session = "arn:aws:sts::100000000001:assumed-role/painter/monday";
  codec::Json one = facts(AttachPolicy{kGroup, sample_policy_arn(1, "painting")}, session);
  EXPECT_EQ(one["actor"]["user"], sample_id("AROA", 2));
  EXPECT_EQ(one["thing"], sample_id("AGPA", 1));
  EXPECT_EQ(one["policy"], sample_id("ANPA", 3));
  const std::string aws = "arn:aws:iam::aws:policy/ReadOnlyAccess";
  one = facts(SetBoundary{kRole, aws}, "arn:aws:iam::100000000001:root");
  EXPECT_EQ(one["thing"], sample_id("AROA", 2));
  EXPECT_EQ(one["boundary"], aws);
  EXPECT_FALSE(facts(SetBoundary{kRole, ""}, session).contains("boundary"));
  one = facts(CreatePolicyVersion{kRole.account, "painting", kDenyAll, true, {}}, session);
  EXPECT_EQ(one["version"], 2);
  EXPECT_EQ(one["default"], true);
  EXPECT_EQ(facts(PutProvider{sample_provider(1, "idp.example")}, session)["thing"], "provider");
}

TEST(ActLeaf, AClockOutOfItsMind) {
  const State state = sample_state();
  Act act = next_act(state, DeleteKey{"USERKEY"});
  act.time = from_micros(-5);
  EXPECT_EQ(leaf_of(state, act, kSalt).time, Time{});
  act.time = from_micros(INT64_MAX);
  EXPECT_TRUE(audit::decode_leaf(audit::encode_leaf(leaf_of(state, act, kSalt))));
}

}  // namespace
}  // namespace muzn::control
