#include "control/controller.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "meta/mem_store.h"
#include "unit/control/fakes.h"
#include "unit/meta/forwarding_store.h"

namespace muzn::control {
namespace {

constexpr meta::ShardId kShard = meta::kControlShard;

// A store whose next commits can be made to fail, before or after they are written.
class FaultyStore final : public meta::ForwardingStore {
 public:
  FaultyStore() : ForwardingStore(inner) {}

  enum class Fault : std::uint8_t { kNone, kBefore, kAfter };

  Task<Result<void>> commit(meta::Commit commit) override {
    const Fault fault = next_fault.exchange(Fault::kNone);
    if (fault == Fault::kBefore) co_return fail(Code::kUnavailable, "fault");
    Result<void> done = co_await inner.commit(std::move(commit));
    if (fault == Fault::kAfter) co_return fail(Code::kUnavailable, "fault");
    co_return done;
  }

  meta::MemStore inner;
  std::atomic<Fault> next_fault = Fault::kNone;
};

struct ControllerTest : testing::Test {
  Result<std::unique_ptr<Controller>> open(GenesisKeys keys = {}, std::string region = "us-east-1",
                                           std::string sealing_key = kSealingKey) {
    // Each node has its own view of the one log.
    logs.push_back(std::make_unique<TestLog>(rows));
    return run_sync(open_controller(rows, logs.back()->ledger(), clock, rng, std::move(sealing_key),
                                    std::move(keys), std::move(region)));
  }
  static Result<std::uint64_t> propose(Controller& controller, ActBody body) {
    const auto done = run_sync(controller.propose("actor", "request", std::move(body)));
    if (!done) return std::unexpected(done.error());
    return done->sequence;
  }
  std::vector<meta::Row> all_rows() {
    return run_sync(rows.scan(kShard, "", "", 1'000'000)).value();
  }
  void put(std::string key, std::string value) {
    meta::Commit commit{.shard = kShard, .preconditions = {}, .mutations = {}};
    commit.put(std::move(key), std::move(value));
    ASSERT_TRUE(run_sync(rows.commit(std::move(commit))));
  }
  void erase(std::string key) {
    meta::Commit commit{.shard = kShard, .preconditions = {}, .mutations = {}};
    commit.erase(std::move(key));
    ASSERT_TRUE(run_sync(rows.commit(std::move(commit))));
  }

  FaultyStore rows;
  FakeClock clock;
  SeededRng rng;
  std::vector<std::unique_ptr<TestLog>> logs;
};

TEST_F(ControllerTest, GenesisMakesAnOperatorWithOneRootKey) {
  const auto controller = open();
  ASSERT_TRUE(controller) << controller.error().what;
  const Snapshot state = (*controller)->state();
  EXPECT_EQ(state->acts, 2U);
  EXPECT_EQ(state->region, "us-east-1");
  EXPECT_TRUE(state->operator_account().is_operator);
  ASSERT_EQ(state->keys.size(), 1U);
  const AccessKey& key = state->keys.begin()->second;
  EXPECT_EQ(key.access_key.size(), 20U);
  EXPECT_EQ(key.secret_key.size(), 40U);
  EXPECT_EQ(key.account, state->operator_id);
  EXPECT_EQ(key.user, "");
  // a, c and l of each act, s1; and no row holds the secret in the clear.
  EXPECT_EQ(all_rows().size(), 7U);
  for (const meta::Row& row : all_rows()) {
    EXPECT_EQ(row.value.find(key.secret_key), std::string::npos);
  }
}

TEST_F(ControllerTest, GivenRootKeys) {
  EXPECT_EQ(open({"root", ""}).error().code, Code::kInvalid);
  EXPECT_EQ(open({"ro", "secret-secret"}).error().code, Code::kInvalid);
  EXPECT_TRUE(all_rows().empty());
  const GenesisKeys given{"0555b35654ad1656d804",
                          "h7GhxuBLTrlhVUyxSPUKUV8r/2EI4ngqJxD7iBdBYLhqluN30JaT3Q=="};
  {
    const auto controller = open(given);
    ASSERT_TRUE(controller);
    EXPECT_EQ((*controller)->state()->key(given.access_key)->secret_key, given.secret_key);
  }
  EXPECT_TRUE(open(given));
  EXPECT_TRUE(open());
  const auto refused = open({given.access_key, "another-secret"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kInvalid);
  EXPECT_NE(refused.error().what.find("muzn admin key create"), std::string::npos);
  EXPECT_EQ(open({"another", given.secret_key}).error().code, Code::kInvalid);
}

TEST_F(ControllerTest, OnlyActiveRootKeysOfTheOperatorCount) {
  const auto controller = open({"ROOT", "root-secret"});
  ASSERT_TRUE(controller);
  Controller& control = **controller;
  const std::string op = control.state()->operator_id;
  ASSERT_TRUE(propose(control, control.new_key(op, "", "ROOT2", "root-secret-2")));
  ASSERT_TRUE(propose(control, CreateUser{control.new_user(op, "bob")}));
  ASSERT_TRUE(propose(control, control.new_key(op, "bob", "BOB", "bobs-secret")));
  EXPECT_TRUE(open({"ROOT2", "root-secret-2"}));
  EXPECT_FALSE(open({"BOB", "bobs-secret"}));
  ASSERT_TRUE(propose(control, SetKeyStatus{"ROOT", KeyStatus::kInactive}));
  EXPECT_FALSE(open({"ROOT", "root-secret"}));
}

TEST_F(ControllerTest, RegionAndSealingKeyMustFit) {
  ASSERT_TRUE(open());
  EXPECT_EQ(open({}, "eu-1").error().code, Code::kInvalid);
  EXPECT_TRUE(open({}, ""));
  EXPECT_EQ(open({}, "us-east-1", "short").error().code, Code::kInvalid);
  EXPECT_EQ(open({}, "us-east-1", std::string(32, 'x')).error().code, Code::kCorrupt);
}

TEST_F(ControllerTest, ReplayYieldsTheSameState) {
  const auto first = open();
  ASSERT_TRUE(first);
  Controller& control = **first;
  for (int i = 0; i < 5; ++i) {
    const Account account = control.new_account("N", "n" + std::to_string(i) + "@example.org");
    ASSERT_TRUE(propose(control, CreateAccount{account}));
    ASSERT_TRUE(propose(control, CreateUser{control.new_user(account.id, "bob")}));
    ASSERT_TRUE(propose(control, control.new_key(account.id, "", "", "")));
    const CreateKey key = control.new_key(account.id, "bob", "", "");
    ASSERT_TRUE(propose(control, key));
    ASSERT_TRUE(propose(control, SetKeyStatus{key.key.access_key, KeyStatus::kInactive}));
    if (i % 2 == 0) continue;
    ASSERT_TRUE(propose(control, DeleteKey{key.key.access_key}));
    ASSERT_TRUE(propose(control, DeleteUser{account.id, "bob"}));
    ASSERT_TRUE(propose(control, DeleteAccount{account.id}));
  }
  const auto second = open();
  ASSERT_TRUE(second) << second.error().what;
  EXPECT_EQ(*(*second)->state(), *control.state());
  // Secrets of keys that are gone are gone: one row for each key in force.
  const auto secrets = run_sync(rows.scan(kShard, "s", "t", 1000)).value();
  EXPECT_EQ(secrets.size(), control.state()->keys.size());
  // The replayed controller knows where secrets lie, too.
  ASSERT_TRUE(propose(**second, DeleteKey{[&] {
    for (const auto& [access_key, key] : (*second)->state()->keys) {
      if (!key.user.empty()) return access_key;
    }
    return std::string();
  }()}));
  EXPECT_EQ(run_sync(rows.scan(kShard, "s", "t", 1000)).value().size(), secrets.size() - 1);
}

TEST_F(ControllerTest, RefusedActsLeaveNoTrace) {
  const auto controller = open();
  ASSERT_TRUE(controller);
  Controller& control = **controller;
  const std::vector<meta::Row> before = all_rows();
  EXPECT_EQ(propose(control, DeleteAccount{"123456789012"}).error().code, Code::kNotFound);
  EXPECT_EQ(propose(control, Genesis{}).error().code, Code::kInvalid);
  CreateKey bare = control.new_key(control.state()->operator_id, "", "", "");
  bare.key.secret_key.clear();
  EXPECT_EQ(propose(control, bare).error().code, Code::kInvalid);
  CreateKey lying = control.new_key(control.state()->operator_id, "", "", "");
  lying.commitment = std::string(64, '0');
  EXPECT_EQ(propose(control, lying).error().code, Code::kInvalid);
  EXPECT_EQ(all_rows(), before);
  EXPECT_EQ(control.state()->acts, 2U);
}

TEST_F(ControllerTest, ANodeThatIsBehindCatchesUp) {
  const auto one = open();
  const auto two = open();
  ASSERT_TRUE(one && two);
  const Account account = (*one)->new_account("A", "a@example.org");
  EXPECT_EQ(propose(**one, CreateAccount{account}).value(), 2U);
  // Judged against what the other one did, not against its own past.
  EXPECT_EQ(propose(**two, CreateAccount{(*two)->new_account("B", "a@example.org")}).error().code,
            Code::kExists);
  EXPECT_EQ(*(*two)->state(), *(*one)->state());
  EXPECT_EQ(propose(**two, CreateUser{(*two)->new_user(account.id, "bob")}).value(), 3U);
  EXPECT_EQ(propose(**one, DeleteUser{account.id, "bob"}).value(), 4U);
}

TEST_F(ControllerTest, AFailedCommitIsNotInForce) {
  const auto controller = open();
  ASSERT_TRUE(controller);
  Controller& control = **controller;
  const Account account = control.new_account("A", "a@example.org");
  rows.next_fault = FaultyStore::Fault::kBefore;
  EXPECT_EQ(propose(control, CreateAccount{account}).error().code, Code::kUnavailable);
  EXPECT_EQ(control.state()->account(account.id), nullptr);
  // Written although it said otherwise: the next act reads it first.
  rows.next_fault = FaultyStore::Fault::kAfter;
  EXPECT_EQ(propose(control, CreateAccount{account}).error().code, Code::kUnavailable);
  EXPECT_EQ(control.state()->account(account.id), nullptr);
  EXPECT_EQ(propose(control, CreateUser{control.new_user(account.id, "bob")}).value(), 3U);
  EXPECT_NE(control.state()->account(account.id), nullptr);
}

TEST_F(ControllerTest, DamageIsNoticed) {
  const auto controller = open();
  ASSERT_TRUE(controller);
  Controller& control = **controller;
  ASSERT_TRUE(propose(control, control.new_key(control.state()->operator_id, "", "", "")));
  ASSERT_TRUE(propose(control, control.new_key(control.state()->operator_id, "", "", "")));
  const std::vector<meta::Row> good = all_rows();
  for (const meta::Row& row : good) {
    put(row.key, row.value + "x");
    EXPECT_EQ(open().error().code, Code::kCorrupt) << row.key;
    put(row.key, "");
    EXPECT_EQ(open().error().code, Code::kCorrupt) << row.key;
    put(row.key, row.value);
    // A list without its end, or none; and a place that can be found again.
    if (row.key == act_row(3) || row.key == act_row(0) || row.key[0] == 'l') continue;
    erase(row.key);
    EXPECT_EQ(open().error().code, Code::kCorrupt) << row.key;
    put(row.key, row.value);
  }
  // A secret moved to another key does not open.
  const std::string second = *run_sync(rows.get(kShard, secret_row(2))).value();
  put(secret_row(3), second);
  EXPECT_EQ(open().error().code, Code::kCorrupt);
}

TEST_F(ControllerTest, ProposeFromManyThreads) {
  const auto controller = open();
  ASSERT_TRUE(controller);
  Controller& control = **controller;
  constexpr int kThreads = 8;
  constexpr int kEach = 25;
  std::vector<std::vector<std::uint64_t>> sequences(kThreads);
  std::atomic<int> lost = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < kEach; ++i) {
          const std::string email =
              "t" + std::to_string(t) + "i" + std::to_string(i) + "@example.org";
          const auto sequence = propose(control, CreateAccount{control.new_account("N", email)});
          ASSERT_TRUE(sequence);
          EXPECT_GE(control.state()->acts, *sequence + 1);  // in force when it returns
          sequences[static_cast<std::size_t>(t)].push_back(*sequence);
          // All race for one name: one of them wins.
          const auto race = propose(
              control, CreateAccount{control.new_account("R", "r" + std::to_string(i) + "@r")});
          if (!race) ++lost;
        }
      });
    }
  }
  EXPECT_EQ(lost, (kThreads - 1) * kEach);
  EXPECT_EQ(control.state()->acts, 2U + (kThreads + 1) * kEach);
  std::set<std::uint64_t> all;
  for (const auto& own : sequences) {
    EXPECT_TRUE(std::is_sorted(own.begin(), own.end()));
    all.insert(own.begin(), own.end());
  }
  EXPECT_EQ(all.size(), static_cast<std::size_t>(kThreads * kEach));
  const auto again = open();
  ASSERT_TRUE(again);
  EXPECT_EQ(*(*again)->state(), *control.state());
}

}  // namespace
}  // namespace muzn::control
