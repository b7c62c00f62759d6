#include "control/state.h"

#include <gtest/gtest.h>

#include "unit/control/fakes.h"

namespace muzn::control {
namespace {

// A state grown act by act; a refused act leaves it as it was.
class Fold {
 public:
  Fold() {
    EXPECT_EQ(run(sample_genesis()), "");
    EXPECT_EQ(run(sample_key(0, "", "ROOT")), "");
  }
  // "" or the error's code.
  std::string run(ActBody body) { return run_act(next_act(state, std::move(body))); }
  std::string run_act(const Act& act) {
    const State before = state;
    Result<State> next = apply(state, act);
    const Result<void> in_place = apply_in_place(state, act);
    EXPECT_EQ(next.has_value(), in_place.has_value());
    if (!next) {
      EXPECT_EQ(state, before) << "a refused act changed the state";
      return name(next.error().code);
    }
    EXPECT_EQ(state, *next);
    return "";
  }
  State state;
};

template <class F>
auto changed(auto value, F change) {
  change(value);
  return value;
}

TEST(Apply, GenesisIsActZeroAndNoOther) {
  State empty;
  EXPECT_EQ(apply(empty, next_act(empty, CreateAccount{sample_account(1)})).error().code,
            Code::kInvalid);
  Genesis plain = sample_genesis();
  plain.account.is_operator = false;
  EXPECT_EQ(apply(empty, next_act(empty, plain)).error().code, Code::kInvalid);
  Genesis nowhere = sample_genesis();
  nowhere.region = "";
  EXPECT_EQ(apply(empty, next_act(empty, nowhere)).error().code, Code::kInvalid);

  Fold fold;
  EXPECT_EQ(fold.run(sample_genesis()), "invalid");
  EXPECT_EQ(fold.state.region, "us-east-1");
  EXPECT_EQ(fold.state.operator_account().id, sample_account_id(0));
}

TEST(Apply, ActsComeInOrderWithAnActor) {
  Fold fold;
  Act act = next_act(fold.state, CreateAccount{sample_account(1)});
  EXPECT_EQ(fold.run_act(changed(act, [](Act& a) { --a.sequence; })), "invalid");
  EXPECT_EQ(fold.run_act(changed(act, [](Act& a) { ++a.sequence; })), "invalid");
  EXPECT_EQ(fold.run_act(changed(act, [](Act& a) { a.actor = ""; })), "invalid");
  EXPECT_EQ(fold.run_act(changed(act, [](Act& a) { a.actor = "a\n"; })), "invalid");
  EXPECT_EQ(fold.run_act(changed(act, [](Act& a) { a.request_id = "\xff"; })), "invalid");
  EXPECT_EQ(fold.run_act(act), "");
  EXPECT_EQ(fold.run_act(act), "invalid");
  EXPECT_EQ(fold.state.acts, 3U);
}

TEST(Apply, AccountsAreUniqueAndWellFormed) {
  Fold fold;
  const Account good = sample_account(1);
  const auto with = [&](auto change) { return CreateAccount{changed(good, change)}; };
  EXPECT_EQ(fold.run(with([](Account& a) { a.id = "1"; })), "invalid");
  EXPECT_EQ(fold.run(with([](Account& a) { a.canonical_id = "1"; })), "invalid");
  EXPECT_EQ(fold.run(with([](Account& a) { a.display_name = ""; })), "invalid");
  EXPECT_EQ(fold.run(with([](Account& a) { a.email = "x"; })), "invalid");
  EXPECT_EQ(fold.run(with([](Account& a) { a.is_operator = true; })), "invalid");
  EXPECT_EQ(fold.run(CreateAccount{good}), "");
  EXPECT_EQ(fold.run(CreateAccount{good}), "exists");
  const Account other = sample_account(2);
  const auto like = [&](auto change) { return CreateAccount{changed(other, change)}; };
  EXPECT_EQ(fold.run(like([&](Account& a) { a.id = good.id; })), "exists");
  EXPECT_EQ(fold.run(like([&](Account& a) { a.canonical_id = good.canonical_id; })), "exists");
  EXPECT_EQ(fold.run(like([&](Account& a) { a.email = "A1@Example.Org"; })), "exists");
  EXPECT_EQ(fold.run(like([&](Account& a) { a.display_name = good.display_name; })), "");
  ASSERT_NE(fold.state.account(good.id), nullptr);
  EXPECT_EQ(*fold.state.account(good.id), good);
  EXPECT_EQ(fold.state.account("nobody"), nullptr);
}

TEST(Apply, DeletedAccountsNeverReturn) {
  Fold fold;
  const Account account = sample_account(1);
  EXPECT_EQ(fold.run(DeleteAccount{account.id}), "not_found");
  EXPECT_EQ(fold.run(DeleteAccount{sample_account_id(0)}), "denied");
  ASSERT_EQ(fold.run(CreateAccount{account}), "");
  ASSERT_EQ(fold.run(CreateUser{sample_user(1, "bob", 1)}), "");
  ASSERT_EQ(fold.run(sample_key(1, "", "ROOT1")), "");
  EXPECT_EQ(fold.run(DeleteAccount{account.id}), "precondition");
  ASSERT_EQ(fold.run(DeleteUser{account.id, "bob"}), "");
  ASSERT_EQ(fold.run(DeleteAccount{account.id}), "");
  EXPECT_EQ(fold.state.account(account.id), nullptr);
  EXPECT_EQ(fold.state.key("ROOT1"), nullptr);  // root's keys go along
  EXPECT_EQ(fold.run(DeleteAccount{account.id}), "not_found");

  EXPECT_EQ(fold.run(CreateAccount{account}), "exists");
  Account again = sample_account(2);
  again.canonical_id = account.canonical_id;
  EXPECT_EQ(fold.run(CreateAccount{again}), "exists");
  EXPECT_EQ(fold.run(sample_key(0, "", "ROOT1")), "exists");
  again = sample_account(2);
  again.email = account.email;  // an e-mail names a person, who may come back
  EXPECT_EQ(fold.run(CreateAccount{again}), "");
}

TEST(Apply, Users) {
  Fold fold;
  ASSERT_EQ(fold.run(CreateAccount{sample_account(1)}), "");
  EXPECT_EQ(fold.run(CreateUser{sample_user(9, "bob", 1)}), "not_found");
  EXPECT_EQ(fold.run(CreateUser{sample_user(1, "b b", 1)}), "invalid");
  EXPECT_EQ(fold.run(CreateUser{sample_user(1, "..", 1)}), "invalid");
  User bad_id = sample_user(1, "bob", 1);
  bad_id.id = "AIDA1";
  EXPECT_EQ(fold.run(CreateUser{bad_id}), "invalid");
  ASSERT_EQ(fold.run(CreateUser{sample_user(1, "bob", 1)}), "");
  EXPECT_EQ(fold.run(CreateUser{sample_user(1, "BOB", 2)}), "exists");
  EXPECT_EQ(fold.run(CreateUser{sample_user(1, "eve", 1)}), "exists");  // the same id
  EXPECT_EQ(fold.run(CreateUser{sample_user(0, "bob", 3)}), "");        // another account

  ASSERT_EQ(fold.run(sample_key(1, "bob", "BOBKEY")), "");
  EXPECT_EQ(fold.run(DeleteUser{sample_account_id(1), "eve"}), "not_found");
  EXPECT_EQ(fold.run(DeleteUser{sample_account_id(9), "bob"}), "not_found");
  EXPECT_EQ(fold.run(DeleteUser{sample_account_id(1), "bob"}), "precondition");
  ASSERT_EQ(fold.run(DeleteKey{"BOBKEY"}), "");
  ASSERT_EQ(fold.run(DeleteUser{sample_account_id(1), "bob"}), "");
  EXPECT_EQ(fold.run(CreateUser{sample_user(1, "bob", 1)}), "exists");  // the id is retired
  EXPECT_EQ(fold.run(CreateUser{sample_user(1, "bob", 4)}), "");
}

TEST(Apply, KeysAreWellFormedAndNeverReturn) {
  Fold fold;
  ASSERT_EQ(fold.run(CreateAccount{sample_account(1)}), "");
  const CreateKey good = sample_key(1, "", "KEY");
  const auto with = [&](auto change) { return changed(good, change); };
  EXPECT_EQ(fold.run(with([](CreateKey& k) { k.key.access_key = "a/b"; })), "invalid");
  EXPECT_EQ(fold.run(with([](CreateKey& k) { k.key.secret_key = "short"; })), "invalid");
  EXPECT_EQ(fold.run(with([](CreateKey& k) { k.commitment = "00"; })), "invalid");
  EXPECT_EQ(fold.run(with([](CreateKey& k) { k.key.account = "9"; })), "not_found");
  EXPECT_EQ(fold.run(with([](CreateKey& k) { k.key.user = "bob"; })), "not_found");
  ASSERT_EQ(fold.run(good), "");
  EXPECT_EQ(fold.run(good), "exists");
  ASSERT_NE(fold.state.key("KEY"), nullptr);
  AccessKey made = good.key;
  made.made_by = fold.state.acts - 1;
  EXPECT_EQ(*fold.state.key("KEY"), made);

  EXPECT_EQ(fold.run(SetKeyStatus{"NOKEY", KeyStatus::kInactive}), "not_found");
  ASSERT_EQ(fold.run(SetKeyStatus{"KEY", KeyStatus::kInactive}), "");
  EXPECT_EQ(fold.state.key("KEY")->status, KeyStatus::kInactive);
  ASSERT_EQ(fold.run(SetKeyStatus{"KEY", KeyStatus::kActive}), "");
  EXPECT_EQ(fold.state.key("KEY")->status, KeyStatus::kActive);

  EXPECT_EQ(fold.run(DeleteKey{"NOKEY"}), "not_found");
  ASSERT_EQ(fold.run(DeleteKey{"KEY"}), "");
  EXPECT_EQ(fold.state.key("KEY"), nullptr);
  EXPECT_EQ(fold.run(good), "exists");
  CreateKey other_owner = good;
  other_owner.key.account = sample_account_id(0);
  EXPECT_EQ(fold.run(other_owner), "exists");
}

TEST(Apply, TheOperatorKeepsAWayIn) {
  Fold fold;
  EXPECT_EQ(fold.run(DeleteKey{"ROOT"}), "denied");
  EXPECT_EQ(fold.run(SetKeyStatus{"ROOT", KeyStatus::kInactive}), "denied");
  ASSERT_EQ(fold.run(CreateUser{sample_user(0, "bob", 1)}), "");
  ASSERT_EQ(fold.run(sample_key(0, "bob", "BOBKEY")), "");
  EXPECT_EQ(fold.run(DeleteKey{"ROOT"}), "denied");  // a user's key is no root key
  ASSERT_EQ(fold.run(sample_key(0, "", "ROOT2")), "");
  ASSERT_EQ(fold.run(SetKeyStatus{"ROOT2", KeyStatus::kInactive}), "");
  EXPECT_EQ(fold.run(DeleteKey{"ROOT"}), "denied");  // the other one is not active
  EXPECT_EQ(fold.run(DeleteKey{"ROOT2"}), "");       // an inactive one may go
  ASSERT_EQ(fold.run(sample_key(0, "", "ROOT3")), "");
  EXPECT_EQ(fold.run(DeleteKey{"ROOT"}), "");
  EXPECT_EQ(fold.run(DeleteKey{"ROOT3"}), "denied");

  // Other accounts may lose all their keys: the operator makes new ones.
  ASSERT_EQ(fold.run(CreateAccount{sample_account(1)}), "");
  ASSERT_EQ(fold.run(sample_key(1, "", "ONLY")), "");
  EXPECT_EQ(fold.run(SetKeyStatus{"ONLY", KeyStatus::kInactive}), "");
  EXPECT_EQ(fold.run(DeleteKey{"ONLY"}), "");
}

TEST(Apply, WhatActsSayOfABucketStandsSideBySide) {
  Fold fold;
  const BucketRef bucket{.name = "vault", .id = std::string(32, 'b')};
  const LockDefault rule{.compliance = true, .years = 7};
  ASSERT_EQ(fold.run(PutLockDefault{bucket, rule}), "");
  const BucketControls* controls = fold.state.bucket(bucket.id);
  ASSERT_NE(controls, nullptr);
  EXPECT_EQ(controls->lock_default, rule);
  EXPECT_FALSE(controls->public_access_decided);  // what the bucket began with holds
  ASSERT_EQ(fold.run(PutPublicAccessBlock{bucket, {.block_public_policy = true}}), "");
  ASSERT_EQ(fold.run(DeletePublicAccessBlock{bucket}), "");
  controls = fold.state.bucket(bucket.id);
  EXPECT_TRUE(controls->public_access_decided);
  EXPECT_FALSE(controls->public_access_block);
  EXPECT_EQ(controls->lock_default, rule);
  ASSERT_EQ(fold.run(DeleteLockDefault{bucket}), "");
  EXPECT_FALSE(fold.state.bucket(bucket.id)->lock_default);
  ASSERT_EQ(fold.run(ForgetBucket{bucket}), "");
  EXPECT_EQ(fold.state.bucket(bucket.id), nullptr);
}

TEST(Apply, AnAccountHasABlockOfItsOwn) {
  Fold fold;
  const std::string id = sample_account_id(1);
  EXPECT_EQ(fold.run(PutAccountPublicAccessBlock{id, policy::kBlockAll}), "not_found");
  ASSERT_EQ(fold.run(CreateAccount{sample_account(1)}), "");
  EXPECT_EQ(fold.state.account_block(id), nullptr);
  EXPECT_EQ(fold.run(DeleteAccountPublicAccessBlock{id}), "not_found");
  ASSERT_EQ(fold.run(PutAccountPublicAccessBlock{id, policy::kBlockAll}), "");
  ASSERT_EQ(fold.run(PutAccountPublicAccessBlock{id, {.block_public_policy = true}}), "");
  ASSERT_NE(fold.state.account_block(id), nullptr);
  EXPECT_EQ(*fold.state.account_block(id), policy::PublicAccessBlock{.block_public_policy = true});
  EXPECT_EQ(fold.state.account_block(fold.state.operator_id), nullptr);
  ASSERT_EQ(fold.run(DeleteAccountPublicAccessBlock{id}), "");
  EXPECT_EQ(fold.state.account_block(id), nullptr);
  ASSERT_EQ(fold.run(PutAccountPublicAccessBlock{id, policy::kBlockAll}), "");
  ASSERT_EQ(fold.run(DeleteAccount{id}), "");
  EXPECT_EQ(fold.state.account_block(id), nullptr);
}

TEST(Apply, LockDefaultsHaveAPeriod) {
  Fold fold;
  const BucketRef bucket{.name = "vault", .id = std::string(32, 'b')};
  const auto run = [&](LockDefault rule) { return fold.run(PutLockDefault{bucket, rule}); };
  EXPECT_EQ(run({}), "invalid");
  EXPECT_EQ(run({.days = 1, .years = 1}), "invalid");
  EXPECT_EQ(run({.days = kLockDaysMax + 1}), "invalid");
  EXPECT_EQ(run({.years = kLockYearsMax + 1}), "invalid");
  EXPECT_EQ(run({.days = kLockDaysMax}), "");
  EXPECT_EQ(run({.years = kLockYearsMax}), "");
  EXPECT_EQ(fold.run(PutLockDefault{{.name = "vault", .id = "b"}, {.days = 1}}), "invalid");
}

std::string policy_for(const std::string& principal) {
  return R"({"Statement":{"Effect":"Allow","Principal":)" + principal +
         R"(,"Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/*"}})";
}

TEST(Apply, PoliciesAndBlocksOfABucketAreApart) {
  Fold fold;
  const BucketRef bucket = sample_bucket();
  const auto controls = [&] { return fold.state.bucket(bucket.id); };
  EXPECT_EQ(fold.run(DeleteBucketPolicy{bucket}), "not_found");
  EXPECT_EQ(fold.run(PutBucketPolicy{bucket, policy_for(R"("*")")}), "");
  ASSERT_NE(controls(), nullptr);
  EXPECT_FALSE(controls()->public_access_decided);
  EXPECT_EQ(controls()->policy->text, policy_for(R"("*")"));
  EXPECT_TRUE(controls()->policy->parsed.is_public);
  EXPECT_EQ(fold.run(PutPublicAccessBlock{bucket, policy::kBlockAll}), "");
  EXPECT_TRUE(controls()->policy && controls()->public_access_decided);
  EXPECT_EQ(fold.run(DeletePublicAccessBlock{bucket}), "");
  EXPECT_TRUE(controls()->public_access_decided && !controls()->public_access_block);
  EXPECT_EQ(fold.run(DeleteBucketPolicy{bucket}), "");
  EXPECT_EQ(controls()->policy, nullptr);
  EXPECT_TRUE(controls()->public_access_decided);
  EXPECT_EQ(fold.run(DeleteBucketPolicy{bucket}), "not_found");
  EXPECT_EQ(fold.run(PutBucketPolicy{bucket, policy_for(R"("*")")}), "");
  EXPECT_EQ(fold.run(ForgetBucket{bucket}), "");
  EXPECT_EQ(controls(), nullptr);
}

TEST(Apply, WhatIsNoPolicyIsNoAct) {
  Fold fold;
  for (const char* text : {"", "{}", "[]", R"({"Statement":{"Effect":"Allow"}})"}) {
    EXPECT_EQ(fold.run(PutBucketPolicy{sample_bucket(), text}), "invalid") << text;
  }
  EXPECT_EQ(fold.run(PutBucketPolicy{{"bucket", "no id"}, policy_for(R"("*")")}), "invalid");
  EXPECT_EQ(fold.state.bucket(sample_bucket().id), nullptr);
}

TEST(Apply, APolicyMeansTheUsersOfItsTime) {
  Fold fold;
  EXPECT_EQ(fold.run(CreateAccount{sample_account(1)}), "");
  EXPECT_EQ(fold.run(CreateUser{sample_user(1, "bob", 1)}), "");
  const std::string bob = R"({"AWS":"arn:aws:iam::)" + sample_account_id(1) + R"(:user/bob"})";
  EXPECT_EQ(fold.run(PutBucketPolicy{sample_bucket(), policy_for(bob)}), "");
  const auto meant = [&] {
    const auto& document = fold.state.bucket(sample_bucket().id)->policy->parsed.document;
    return document.statements.front().principals.front();
  };
  EXPECT_EQ(meant().id, sample_user(1, "bob", 1).id);
  EXPECT_EQ(fold.run(DeleteUser{sample_account_id(1), "bob"}), "");
  EXPECT_EQ(fold.run(CreateUser{sample_user(1, "bob", 2)}), "");
  EXPECT_EQ(meant().id, sample_user(1, "bob", 1).id);
  EXPECT_EQ(fold.run(PutBucketPolicy{sample_bucket(), policy_for(bob)}), "");
  EXPECT_EQ(meant().id, sample_user(1, "bob", 2).id);
  const std::string canonical = R"({"CanonicalUser":")" + sample_account(1).canonical_id + R"("})";
  EXPECT_EQ(fold.run(PutBucketPolicy{sample_bucket(), policy_for(canonical)}), "");
  EXPECT_EQ(meant().value, sample_account_id(1));
}

TEST(Apply, Trails) {
  Fold fold;
  const Trail trail = sample_trail(1);
  EXPECT_EQ(fold.run(PutTrail{trail}), "not_found") << "no such account";
  ASSERT_EQ(fold.run(CreateAccount{sample_account(1)}), "");
  const auto stored = [&] { return fold.state.trail(trail.account, trail.name); };
  EXPECT_EQ(fold.run(DeleteTrail{trail.account, trail.name}), "not_found");
  EXPECT_EQ(fold.run(SetTrailLogging{trail.account, trail.name, true, {}}), "not_found");
  ASSERT_EQ(fold.run(PutTrail{trail}), "");
  ASSERT_NE(stored(), nullptr);
  EXPECT_FALSE(stored()->logging || stored()->started || stored()->stopped);
  EXPECT_EQ(fold.state.trail(sample_account_id(0), trail.name), nullptr);

  ASSERT_EQ(fold.run(SetTrailLogging{trail.account, trail.name, true, from_micros(1)}), "");
  ASSERT_EQ(fold.run(SetTrailLogging{trail.account, trail.name, true, from_micros(2)}), "");
  EXPECT_EQ(stored()->started, from_micros(1)) << "it was logging already";
  ASSERT_EQ(fold.run(SetTrailLogging{trail.account, trail.name, false, from_micros(3)}), "");
  EXPECT_EQ(stored()->stopped, from_micros(3));
  EXPECT_EQ(fold.run(PutTrail{changed(trail, [](Trail& t) { t.created = {}; })}), "exists");
  ASSERT_EQ(fold.run(PutTrail{changed(trail, [](Trail& t) { t.prefix.clear(); })}), "");
  EXPECT_EQ(stored()->trail.prefix, "");
  EXPECT_EQ(stored()->started, from_micros(1)) << "a change of the trail forgets nothing else";

  ASSERT_EQ(fold.run(DeleteTrail{trail.account, trail.name}), "");
  EXPECT_EQ(stored(), nullptr);
  ASSERT_EQ(fold.run(PutTrail{trail}), "");
  EXPECT_FALSE(stored()->started);
  ASSERT_EQ(fold.run(DeleteAccount{trail.account}), "");
  EXPECT_EQ(stored(), nullptr) << "a trail goes with its account";
}

TEST(Apply, WhatIsNoTrailIsNoAct) {
  Fold fold;
  ASSERT_EQ(fold.run(CreateAccount{sample_account(1)}), "");
  const auto refused = [&](auto change) {
    return fold.run(PutTrail{changed(sample_trail(1), change)}) == "invalid";
  };
  for (const char* bad : {"", "ab", "-ab", "ab.", "a..b", "a._b", "a b", "a/b", "1.2.3.4"}) {
    EXPECT_TRUE(refused([&](Trail& t) { t.name = bad; })) << bad;
  }
  EXPECT_TRUE(refused([](Trail& t) { t.name = std::string(129, 'a'); }));
  EXPECT_TRUE(refused([](Trail& t) { t.bucket = "B"; }));
  for (const char* bad : {"/a", "a/", "a\n", "\xc3\xbc"}) {
    EXPECT_TRUE(refused([&](Trail& t) { t.prefix = bad; })) << bad;
  }
  EXPECT_TRUE(refused([](Trail& t) { t.prefix = std::string(201, 'a'); }));
  EXPECT_TRUE(refused([](Trail& t) { t.selectors.clear(); }));
  EXPECT_TRUE(refused([](Trail& t) { t.selectors.resize(6); }));
  EXPECT_TRUE(refused([](Trail& t) { t.selectors[0].data_prefixes.assign(251, "arn:aws:s3:::"); }));
  for (const char* bad : {"", "arn:aws:s3:", "arn:aws:s3:::B/", "arn:aws:ec2:::b", "b"}) {
    EXPECT_TRUE(refused([&](Trail& t) { t.selectors[0].data_prefixes = {bad}; })) << bad;
  }
  for (const char* good : {"abc", "A1.b_c-9"}) {
    EXPECT_FALSE(refused([&](Trail& t) { t.name = good; })) << good;
  }
  for (const char* good : {"arn:aws:s3", "arn:aws:s3:::", "arn:aws:s3:::bucket/k/ü"}) {
    EXPECT_FALSE(refused([&](Trail& t) { t.selectors[0].data_prefixes = {good}; })) << good;
  }
}

TEST(Apply, ThePublicFoldHasNoSecrets) {
  Fold fold;
  CreateKey key = sample_key(0, "", "PUBLIC");
  key.key.secret_key.clear();
  key.salt.clear();
  EXPECT_EQ(fold.run(key), "");
}

}  // namespace
}  // namespace muzn::control
