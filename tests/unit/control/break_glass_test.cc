// Who may open what, for how long, and once; and what a grant covers, against a model.
#include "control/break_glass.h"

#include <gtest/gtest.h>

#include <random>

#include "control/removal.h"
#include "leaves/signers.h"
#include "unit/control/grown.h"

namespace muzn::control {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;

const std::string kAccount = sample_account_id(1);
const std::string kBucketId(32, 'b');

class BreakGlassTest : public testing::Test {
 public:
  const Person ada{'a'}, bea{'b'}, cem{'c'}, account{'z'};
  State state;
  Time now = from_micros(1'763'800'000'000'000);

  BreakGlassTest() {
    for (const ActBody& body : std::initializer_list<ActBody>{
             sample_genesis(), sample_key(0, "", "ROOT"), CreateAccount{sample_account(1)},
             CreateAccount{sample_account(2)}, CreateUser{sample_user(0, "eve", 1)},
             CreateUser{sample_user(1, "bob", 2)}}) {
      EXPECT_EQ(run(body), "");
    }
    EXPECT_EQ(run(signed_by(state, appointment(ada, {"break_glass", "officers"}), {})), "");
    EXPECT_EQ(run(signed_by(state, appointment(bea, {"break_glass"}), {&ada})), "");
    EXPECT_EQ(run(signed_by(state, appointment(cem, {"charters"}), {&ada})), "");
  }
  std::string run(ActBody body) {
    Act act = next_act(state, std::move(body));
    act.time = now;
    const State before = state;
    const Result<void> done = apply_in_place(state, act);
    if (done) return "";
    EXPECT_EQ(state, before) << "a refused act changed the state";
    return name(done.error().code);
  }
  Grant grant(char id = '1') const {
    return sample_grant(kAccount, sample_user(0, "eve", 1), now, id);
  }
  std::string open(Grant one, std::initializer_list<const Person*> who) {
    return run(signed_by(state, OpenBreakGlass{std::move(one), {}}, who));
  }
  std::string close(const Grant& one, std::initializer_list<const Person*> who) {
    return run(signed_by(state, CloseBreakGlass{one.account, one.id, {}}, who));
  }
};

TEST_F(BreakGlassTest, TwoOfThatDutyOpenItAndNobodyElse) {
  EXPECT_EQ(open(grant(), {}), "denied");
  EXPECT_EQ(open(grant(), {&ada}), "denied");
  EXPECT_EQ(open(grant(), {&ada, &cem}), "denied") << "another duty";
  EXPECT_EQ(open(grant(), {&ada, &account}), "denied") << "nobody's key";
  EXPECT_EQ(open(grant(), {&ada, &bea, &cem}), "denied");
  EXPECT_TRUE(state.break_glass.open.empty());
  EXPECT_EQ(open(grant(), {&ada, &bea}), "");
  EXPECT_TRUE(state.break_glass.open.contains(grant().id));
  EXPECT_EQ(state.break_glass.grants.at(grant().id).officers,
            (std::set<std::string>{ada.key(), bea.key()}));
}

TEST_F(BreakGlassTest, EachSignatureCountsOnceAndForTheseBytes) {
  const OpenBreakGlass act = signed_by(state, OpenBreakGlass{grant(), {}}, {&ada, &bea});
  for (const auto change : std::initializer_list<void (*)(Grant&)>{
           [](Grant& g) { g.account = sample_account_id(2); }, [](Grant& g) { g.rights = "list"; },
           [](Grant& g) { g.reason = "incident"; }, [](Grant& g) { g.text = "another"; },
           [](Grant& g) { g.id = std::string(64, '2'); },
           [](Grant& g) { g.until = g.until + hours(1); },
           [](Grant& g) { g.bucket = "bucket", g.bucket_id = kBucketId; }}) {
    OpenBreakGlass other = act;
    change(other.grant);
    EXPECT_EQ(run(other), "denied");
  }
  ASSERT_EQ(run(act), "");
  EXPECT_EQ(run(act), "exists");
  ASSERT_EQ(close(grant(), {&bea}), "");
  EXPECT_EQ(run(act), "exists") << "replayed when it was closed";
  OpenBreakGlass again = act;
  again.grant.id = std::string(64, '3');
  EXPECT_EQ(run(again), "denied");
  // Signed for a step that another one took.
  const OpenBreakGlass late = signed_by(state, OpenBreakGlass{grant('4'), {}}, {&ada, &bea});
  ASSERT_EQ(open(grant('5'), {&ada, &bea}), "");
  EXPECT_EQ(run(late), "denied");
}

TEST_F(BreakGlassTest, WhatCantBeGranted) {
  const auto refused = [&](auto change) {
    Grant one = grant();
    change(one);
    return open(one, {&ada, &bea});
  };
  EXPECT_EQ(refused([](Grant& g) { g.rights = "write"; }), "invalid");
  EXPECT_EQ(refused([](Grant& g) { g.reason = "curiosity"; }), "invalid");
  EXPECT_EQ(refused([](Grant& g) { g.reference = ""; }), "invalid");
  EXPECT_EQ(refused([](Grant& g) { g.text = "a\nb"; }), "invalid");
  EXPECT_EQ(refused([](Grant& g) { g.document = "order.pdf"; }), "invalid");
  EXPECT_EQ(refused([](Grant& g) { g.prefix = "a/"; }), "invalid") << "of no bucket";
  EXPECT_EQ(refused([](Grant& g) { g.bucket = "bucket"; }), "invalid") << "without an id";
  EXPECT_EQ(refused([](Grant& g) {
              g.rights = "credentials", g.bucket = "bucket", g.bucket_id = kBucketId;
            }),
            "invalid");
  EXPECT_EQ(refused([](Grant& g) { g.until = g.from; }), "invalid");
  EXPECT_EQ(refused([&](Grant& g) { g.from = now - hours(2), g.until = now; }), "invalid");
  EXPECT_EQ(refused([&](Grant& g) { g.until = now + kGlassMax + microseconds(1); }), "invalid");
  EXPECT_EQ(refused([](Grant& g) { g.who = "arn:aws:iam::100000000000:root"; }), "not_found");
  EXPECT_EQ(refused([](Grant& g) { g.who_id = sample_id("AIDA", 9); }), "not_found") << "namesake";
  EXPECT_EQ(refused([](Grant& g) {
              g.who = arn_of(sample_user(1, "bob", 2)), g.who_id = sample_id("AIDA", 2);
            }),
            "not_found")
      << "of another account";
  EXPECT_EQ(refused([](Grant& g) { g.account = sample_account_id(0); }), "invalid");
  EXPECT_EQ(run(OpenBreakGlass{sample_grant(sample_account_id(7), sample_user(0, "eve", 1)), {}}),
            "not_found");
  EXPECT_EQ(refused([&](Grant& g) { g.until = now + kGlassMax; }), "");
}

TEST_F(BreakGlassTest, ItsEndIsNotInIt) {
  const Grant one = grant();
  EXPECT_FALSE(is_in_time(one, one.from - microseconds(1)));
  EXPECT_TRUE(is_in_time(one, one.from));
  EXPECT_TRUE(is_in_time(one, one.until - microseconds(1)));
  EXPECT_FALSE(is_in_time(one, one.until));
}

TEST_F(BreakGlassTest, OneOfficerClosesIt) {
  ASSERT_EQ(open(grant(), {&ada, &bea}), "");
  EXPECT_EQ(close(grant(), {}), "denied");
  EXPECT_EQ(close(grant(), {&cem}), "denied");
  EXPECT_EQ(close(grant('2'), {&bea}), "not_found");
  EXPECT_TRUE(only_removes(state, CloseBreakGlass{kAccount, grant().id, {}}));
  EXPECT_FALSE(only_removes(state, OpenBreakGlass{grant('2'), {}}));
  Grant elsewhere = grant();
  elsewhere.account = sample_account_id(2);
  EXPECT_EQ(close(elsewhere, {&bea}), "not_found");
  EXPECT_EQ(close(grant(), {&bea}), "");
  EXPECT_EQ(close(grant(), {&bea}), "precondition");
  EXPECT_FALSE(state.break_glass.open.contains(grant().id));
}

// Whatever the clocks of later acts say.
TEST_F(BreakGlassTest, AnActAfterItsEndEndsItForGood) {
  const Grant one = grant();
  ASSERT_EQ(open(one, {&ada, &bea}), "");
  now = one.until - microseconds(1);
  ASSERT_EQ(run(CreateUser{sample_user(1, "u1", 3)}), "");
  EXPECT_TRUE(state.break_glass.open.contains(one.id));
  now = one.until;
  ASSERT_EQ(run(CreateUser{sample_user(1, "u2", 4)}), "");
  EXPECT_FALSE(state.break_glass.open.contains(one.id));
  now = one.from;
  ASSERT_EQ(run(CreateUser{sample_user(1, "u3", 5)}), "");
  EXPECT_FALSE(state.break_glass.open.contains(one.id));
  EXPECT_EQ(close(one, {&ada}), "precondition");
}

TEST_F(BreakGlassTest, ItGoesWithItsAccount) {
  ASSERT_EQ(open(grant(), {&ada, &bea}), "");
  ASSERT_EQ(run(DeleteUser{kAccount, "bob"}), "");
  ASSERT_EQ(run(DeleteAccount{kAccount}), "");
  EXPECT_EQ(state.break_glass, BreakGlass{});
}

TEST_F(BreakGlassTest, AnAccountIsTakenOverByItsFirstOwnKey) {
  ASSERT_EQ(run(sample_key(1, "", "BYOPERATOR")), "");
  EXPECT_FALSE(state.taken_over.contains(kAccount));
  Act act = next_act(state, sample_key(1, "bob", "OWN"));
  act.actor = "arn:aws:iam::1000000000010:root";  // a longer number is another account
  ASSERT_TRUE(apply_in_place(state, act));
  EXPECT_FALSE(state.taken_over.contains(kAccount));
  act = next_act(state, sample_key(1, "bob", "OWN2"));
  act.actor = "arn:aws:iam::" + kAccount + ":user/bob";
  ASSERT_TRUE(apply_in_place(state, act));
  EXPECT_TRUE(state.taken_over.contains(kAccount));
}

// --- what a grant covers ---

// In other words than the code's: a list of what is readable, and the rest is not.
bool may_by_model(const Grant& grant, const std::string& action, const std::string& bucket,
                  const std::string& key, const std::optional<std::string>& prefix) {
  if (grant.rights == "credentials") return false;
  const bool in_bucket = grant.bucket_id == "" || bucket == grant.bucket_id;
  if (!in_bucket) return false;
  static const std::set<std::string> kReads = {
      "s3:GetObject",           "s3:GetObjectVersion",
      "s3:GetObjectTagging",    "s3:GetObjectVersionTagging",
      "s3:GetObjectAttributes", "s3:GetObjectVersionAttributes"};
  if (kReads.contains(action)) {
    return grant.rights == "read" && key != "" &&
           key.substr(0, grant.prefix.size()) == grant.prefix;
  }
  if (key != "") return false;
  if (action == "s3:GetBucketLocation") return true;
  if (action != "s3:ListBucket" && action != "s3:ListBucketVersions") return false;
  if (grant.prefix == "") return true;
  return prefix && prefix->substr(0, grant.prefix.size()) == grant.prefix;
}

TEST(GrantModel, AgreesOnRandomScopes) {
  std::mt19937_64 random(7);
  const auto pick = [&](const auto& list) { return list[random() % std::size(list)]; };
  const std::string rights[] = {"list", "read", "credentials"};
  const std::string buckets[] = {std::string(32, 'a'), std::string(32, 'b'), ""};
  const std::string keys[] = {"", "a", "a/", "a/b", "b", "A/b", "a/\xff", "aa"};
  const std::string actions[] = {"s3:GetObject",
                                 "s3:GetObjectVersion",
                                 "s3:GetObjectTagging",
                                 "s3:GetObjectVersionTagging",
                                 "s3:GetObjectAttributes",
                                 "s3:GetObjectVersionAttributes",
                                 "s3:ListBucket",
                                 "s3:ListBucketVersions",
                                 "s3:GetBucketLocation",
                                 "s3:PutObject",
                                 "s3:DeleteObject",
                                 "s3:GetObjectAcl",
                                 "s3:GetBucketPolicy",
                                 "s3:ListBucketMultipartUploads",
                                 "s3:*",
                                 "s3:Get",
                                 "s3:GetObjectRetention",
                                 "s3:PutObjectTagging",
                                 "s3:BypassGovernanceRetention"};
  std::size_t allowed = 0;
  for (int i = 0; i < 100'000; ++i) {
    Grant grant;
    grant.rights = pick(rights);
    grant.bucket_id = pick(buckets);
    if (!grant.bucket_id.empty()) grant.prefix = pick(keys);
    const std::string action = pick(actions);
    const std::string bucket = buckets[random() % 2];
    const std::string key = pick(keys);
    std::optional<std::string> prefix;
    if (random() % 2 == 0) prefix = pick(keys);
    const bool may = covers(grant, {action, bucket, key, prefix});
    allowed += may ? 1 : 0;
    ASSERT_EQ(may, may_by_model(grant, action, bucket, key, prefix))
        << grant.rights << " " << grant.bucket_id << " '" << grant.prefix << "': " << action << " "
        << bucket << " '" << key << "' " << prefix.value_or("(none)");
  }
  EXPECT_GT(allowed, 1000U);
}

}  // namespace
}  // namespace muzn::control
