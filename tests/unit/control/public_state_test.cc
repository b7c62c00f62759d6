// A node says in its log what the acts in it add up to: what everybody who reads the log gets, too.
#include "control/public_state.h"

#include <gtest/gtest.h>

#include "audit/rules.h"
#include "control/act_list.h"
#include "control/controller.h"
#include "control/verify.h"
#include "meta/mem_store.h"
#include "unit/control/fakes.h"
#include "unit/tlog/thumb_rows.h"

namespace muzn::control {
namespace {

constexpr std::int64_t kMinute = 60'000'000;

// A node, started again and again over the same rows.
struct PublicStateTest : testing::Test {
  Result<void> start() {
    controller.reset();
    state.reset();
    log.reset();
    log = std::make_unique<TestLog>(thumb);
    state = std::make_unique<PublicState>(thumb, log->log(), 0, clock);
    Ledger ledger = log->ledger();
    ledger.state = state.get();
    TRY(controller, run_sync(open_controller(thumb, ledger, clock, rng, kSealingKey,
                                             {"ROOT", "root-secret"}, "us-east-1")));
    return {};
  }
  void act(std::size_t count = 1) {
    for (; count > 0; --count) {
      const std::string account = controller->state()->operator_id;
      const auto done = run_sync(controller->propose(
          "actor", "request",
          CreateUser{controller->new_user(account, "user" + std::to_string(++users))}));
      ASSERT_TRUE(done) << done.error().what;
    }
  }
  // Somebody else's leaf, of data.
  void add_entry(std::string entry) { ASSERT_TRUE(run_sync(log->log().append(std::move(entry)))); }
  void publish() {
    const auto checkpoint = run_sync(log->log().sign());
    ASSERT_TRUE(run_sync(log->log().publish(*checkpoint)));
  }
  void settle() {
    ASSERT_TRUE(run_sync(controller->settle()));
    publish();
  }
  std::vector<std::string> entries() {
    std::vector<std::string> out;
    const std::uint64_t size = log->log().figures().size;
    while (out.size() < size) {
      const std::uint64_t to = std::min(size, out.size() + tlog::kEntriesMax);
      std::ranges::move(run_sync(log->log().entries(out.size(), to)).value(),
                        std::back_inserter(out));
    }
    return out;
  }
  // Faults that an auditor finds; and how many states it compared.
  std::size_t audited() {
    audit::Rules rules(true);
    std::size_t states = 0;
    for (const std::string& entry : entries()) {
      const auto judged = rules.take(entry);
      for (const auto& one : judged.findings) ADD_FAILURE() << one.index << ": " << one.what;
      states += judged.leaf && judged.leaf->kind == audit::kStateKind ? 1U : 0U;
    }
    return states;
  }
  void change(const std::string& key, std::optional<std::string> value) {
    change_row(rows, key, std::move(value));
  }
  StateRow row() {
    return decode_state_row(
               *run_sync(rows.get(meta::kControlShard, std::string(kStateRow))).value())
        .value();
  }

  meta::MemStore rows;
  tlog::ThumbRows thumb{rows};
  FakeClock clock;
  SeededRng rng;
  std::unique_ptr<TestLog> log;
  std::unique_ptr<PublicState> state;
  std::unique_ptr<Controller> controller;
  int users = 0;
};

TEST_F(PublicStateTest, IsSaidAfterAWhile) {
  ASSERT_TRUE(start());
  EXPECT_FALSE(state->is_due()) << "genesis is new";
  settle();
  EXPECT_EQ(audited(), 0U);
  EXPECT_FALSE(state->published());
  clock.micros += 9 * kMinute;
  act();
  EXPECT_FALSE(state->is_due());
  clock.micros += kMinute;
  EXPECT_TRUE(state->is_due()) << "the oldest act waits since ten minutes";
  settle();
  EXPECT_EQ(audited(), 1U);
  ASSERT_TRUE(state->published());
  EXPECT_EQ(state->published()->index, 3U);
  EXPECT_EQ(state->published()->state.acts, 3U);
  EXPECT_EQ(state->published()->state.size, 3U);
  // Nothing new, nothing said.
  clock.micros += 100 * kMinute;
  EXPECT_FALSE(state->is_due());
  act();
  EXPECT_FALSE(state->is_due()) << "its ten minutes begin with the act";
  clock.micros += 10 * kMinute;
  settle();
  EXPECT_EQ(audited(), 2U);
  EXPECT_EQ(verify_acts(rows).errors, std::vector<std::string>());
}

TEST_F(PublicStateTest, IsSaidAfterManyActs) {
  ASSERT_TRUE(start());
  act(kStateActsMax - 3);
  EXPECT_FALSE(state->is_due());
  act();
  EXPECT_TRUE(state->is_due());
  settle();
  EXPECT_FALSE(state->is_due());
  EXPECT_EQ(audited(), 1U);
}

// One that nobody can read yet is not followed by another.
TEST_F(PublicStateTest, WaitsUntilTheLastOneIsPublished) {
  ASSERT_TRUE(start());
  act(kStateActsMax);
  ASSERT_TRUE(run_sync(controller->settle()));
  const auto before = state->published();
  EXPECT_FALSE(before);
  clock.micros += 100 * kMinute;
  EXPECT_FALSE(state->is_due());
  act();  // publishes
  EXPECT_TRUE(state->published());
  clock.micros += 100 * kMinute;
  EXPECT_TRUE(state->is_due());
}

TEST_F(PublicStateTest, ARestartSaysWhatWasNotSaid) {
  ASSERT_TRUE(start());
  act();
  ASSERT_TRUE(start());
  EXPECT_TRUE(state->is_due());
  settle();
  EXPECT_EQ(audited(), 1U);
  for (int again = 0; again < 3; ++again) {
    ASSERT_TRUE(start());
    EXPECT_FALSE(state->is_due());
    EXPECT_EQ(state->published()->index, 3U);
    add_entry("something");
    publish();
  }
}

TEST_F(PublicStateTest, AFrozenLogIsLeftAlone) {
  ASSERT_TRUE(start());
  act();
  ASSERT_TRUE(start());
  thumb.on_commit = [](const meta::Commit&) {
    return tlog::ThumbRows::Verdict{fail(Code::kUnavailable, "closed"), false};
  };
  EXPECT_TRUE(run_sync(controller->settle())) << "what the state's leaf meets holds nobody up";
  EXPECT_EQ(state->outcome().error().what, "closed");
  thumb.on_commit = {};
  settle();
  EXPECT_TRUE(state->outcome());
  EXPECT_EQ(audited(), 1U);
}

// Whatever commit fails, done or not, and however often: no sequence twice, no state unsaid.
TEST_F(PublicStateTest, ACrashLeavesNoneTwice) {
  for (std::size_t failing = 0; failing < 4; ++failing) {
    for (const bool is_done : {false, true}) {
      ASSERT_TRUE(start());
      act();
      ASSERT_TRUE(start());
      std::size_t count = 0;
      thumb.on_commit = [&](const meta::Commit&) {
        if (count++ < failing) return tlog::ThumbRows::Verdict{};
        return tlog::ThumbRows::Verdict{fail(Code::kUnavailable, "crash"),
                                        is_done && count == failing + 1};
      };
      ASSERT_TRUE(run_sync(controller->settle()));
      thumb.on_commit = {};
      ASSERT_TRUE(start());
      publish();
      if (state->is_due()) settle();
      EXPECT_FALSE(state->is_due());
      ASSERT_TRUE(state->published());
      EXPECT_EQ(state->published()->state.acts, controller->state()->acts);
    }
  }
  EXPECT_EQ(audited(), 8U);
}

// A store whose list of acts is not what the log's state was made of does not serve.
TEST_F(PublicStateTest, AStoreWithAnotherStateIsRefused) {
  ASSERT_TRUE(start());
  act(3);
  ASSERT_TRUE(start());
  settle();
  // As a release with another fold would have said, or a forger.
  audit::StateHash wrong = state->published()->state;
  wrong.hash[0] = wrong.hash[0] == '0' ? '1' : '0';
  const std::uint64_t index = log->log().figures().size;
  add_entry(audit::encode_leaf(audit::state_leaf(1, clock.now(), wrong)));
  StateRow kept = row();
  EXPECT_EQ(kept.newest, index - 1);
  kept.newest = index;
  change(std::string(kStateRow), encode_state_row(kept));
  const auto refused = start();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kCorrupt);
  EXPECT_NE(refused.error().what.find("the public state is not what the log says"),
            std::string::npos);
  EXPECT_NE(refused.error().what.find(wrong.hash), std::string::npos);
  // Also without the row, which only says where to look.
  change(std::string(kStateRow), std::nullopt);
  EXPECT_EQ(start().error().code, Code::kCorrupt);
  kept.newest = 1;
  change(std::string(kStateRow), encode_state_row(kept));
  EXPECT_NE(start().error().what.find("does not say a public state"), std::string::npos);
  kept.newest = index - 1;
  change(std::string(kStateRow), encode_state_row(kept));
  EXPECT_TRUE(start());
}

// Of an older release, or one whose row was lost.
TEST_F(PublicStateTest, AStoreWithoutTheRowFindsItsLeaves) {
  ASSERT_TRUE(start());
  act();
  ASSERT_TRUE(start());
  settle();
  change(std::string(kStateRow), std::nullopt);
  ASSERT_TRUE(start());
  EXPECT_FALSE(state->is_due());
  EXPECT_EQ(row().newest, 3U);
  act();
  ASSERT_TRUE(start());
  settle();
  EXPECT_EQ(audited(), 2U);
  ASSERT_TRUE(run_sync(forget_leaves(rows, 0)));
  EXPECT_FALSE(run_sync(rows.get(meta::kControlShard, std::string(kStateRow))).value());
  change(std::string(kStateRow), "x");
  EXPECT_EQ(start().error().code, Code::kUnsupported);
  EXPECT_EQ(verify_acts(rows).errors.size(), 1U);
}

// A log that goes on after another one: its state is of what it says itself.
TEST_F(PublicStateTest, ALogThatGoesOnHasItsOwn) {
  ASSERT_TRUE(start());
  act();
  ASSERT_TRUE(start());
  settle();
  const auto past = run_sync(tlog::open_frozen_log(rows, {})).value();
  const auto next =
      run_sync(tlog::open_log(rows,
                              merkle::Signer::make("log.example/next", merkle::KeyType::kEd25519,
                                                   std::string(32, 'n'))
                                  .value(),
                              {.shard = tlog::log_shard(1)}))
          .value();
  const tlog::Figures end = past->figures();
  const audit::Leaf first{.leaf_class = "log",
                          .kind = "continues",
                          .account = {},
                          .sequence = 0,
                          .time = clock.now(),
                          .facts = {{"origin", past->key().name},
                                    {"size", end.size},
                                    {"root", std::string(64, '0')},
                                    {"reason", "restore"}},
                          .hidden = {}};
  ASSERT_TRUE(run_sync(next->append(audit::encode_leaf(first))));
  const auto publisher = tlog::publish_at_once(*next);
  merkle::Policy policy;
  policy.logs.push_back({.key = next->key(), .url = ""});
  PublicState own(rows, *next, 1, clock);
  const Ledger ledger{*next, *publisher, policy, {past.get()}, &own};
  controller = run_sync(open_controller(rows, ledger, clock, rng, kSealingKey,
                                        {"ROOT", "root-secret"}, "us-east-1"))
                   .value();
  EXPECT_FALSE(own.is_due()) << "it has no act yet";
  act();
  clock.micros += 10 * kMinute;
  ASSERT_TRUE(run_sync(controller->settle()));
  audit::Rules rules(true);
  for (const std::string& entry : run_sync(next->entries(0, next->figures().size)).value()) {
    for (const auto& one : rules.take(entry).findings) ADD_FAILURE() << one.what;
  }
  EXPECT_EQ(next->figures().size, 3U);
  EXPECT_EQ(row(), (StateRow{.origin = 1, .sequence = 2, .newest = 2}));
}

}  // namespace
}  // namespace muzn::control
