// No act is obeyed that is not in the log with a proof; and what crashes leave behind.
#include "control/ledger.h"

#include <gtest/gtest.h>

#include "audit/leaf.h"
#include "control/controller.h"
#include "merkle/checkpoint.h"
#include "meta/mem_store.h"
#include "unit/control/fakes.h"
#include "unit/tlog/thumb_rows.h"

namespace muzn::control {
namespace {

constexpr meta::ShardId kShard = meta::kControlShard;

// Has checkpoints cosigned while it is told to.
class HeldPublisher final : public tlog::Publisher {
 public:
  HeldPublisher(tlog::Log& log, merkle::Signer witness) : log_(log), witness_(std::move(witness)) {}

  Task<Result<void>> publish(std::uint64_t size) override {
    if (held) co_return fail(Code::kUnavailable, "held");
    CO_TRY(const std::string checkpoint, co_await log_.sign());
    auto note = merkle::parse_note(checkpoint).value();
    if (cosigns) note.signatures.push_back(witness_.sign(note.text, 1));
    CO_TRY_VOID(co_await log_.publish(merkle::format_note(note)));
    CHECK(log_.figures().published_size >= size);
    co_return Result<void>{};
  }
  Result<void> may_grow() const override {
    if (frozen) return fail(Code::kUnavailable, "frozen");
    return {};
  }

  bool held = false;
  bool cosigns = true;
  bool frozen = false;

 private:
  tlog::Log& log_;
  const merkle::Signer witness_;
};

merkle::Signer witness() {
  return merkle::Signer::make("witness.example/w", merkle::KeyType::kCosignature,
                              std::string(32, 'w'))
      .value();
}

struct LedgerTest : testing::Test {
  LedgerTest() {
    publisher = std::make_unique<HeldPublisher>(log.log(), witness());
    policy = merkle::parse_policy("log " + merkle::format_vkey(log.log().key()) + "\nwitness w " +
                                  merkle::format_vkey(witness().verifier()) + "\nquorum w\n")
                 .value();
    controller = open().value();
  }
  Result<std::unique_ptr<Controller>> open() {
    return run_sync(open_controller(rows, {log.log(), *publisher, policy}, clock, rng, kSealingKey,
                                    {"ROOT", "root-secret"}, "us-east-1"));
  }
  Result<Enacted> propose(ActBody body) {
    return run_sync(controller->propose("actor", "request", std::move(body)));
  }
  Result<Enacted> create_user(std::string name) {
    const std::string account = controller->state()->operator_id;
    return propose(CreateUser{controller->new_user(account, std::move(name))});
  }

  meta::MemStore rows;
  TestLog log{rows};
  FakeClock clock;
  SeededRng rng;
  std::unique_ptr<HeldPublisher> publisher;
  merkle::Policy policy;
  std::unique_ptr<Controller> controller;
};

TEST_F(LedgerTest, WhatGrantsWaitsForTheQuorum) {
  const auto first = create_user("one");
  ASSERT_TRUE(first) << first.error().what;
  EXPECT_EQ(first->sequence, 2U);
  EXPECT_EQ(first->leaf.index, 2U);
  EXPECT_EQ(first->leaf.log, "log.example/test");
  publisher->held = true;
  EXPECT_EQ(create_user("two").error().code, Code::kUnavailable);
  EXPECT_EQ(controller->state()->users.size(), 1U);
  EXPECT_EQ(controller->pending(), 1U);
  // It has its place all the same: nobody else gets the name meanwhile.
  EXPECT_EQ(create_user("TWO").error().code, Code::kExists);
  EXPECT_EQ(create_user("three").error().code, Code::kUnavailable);
  publisher->held = false;
  ASSERT_TRUE(run_sync(publisher->publish(4)));
  EXPECT_EQ(controller->state()->users.size(), 1U);
  ASSERT_TRUE(run_sync(controller->settle()));
  EXPECT_EQ(controller->state()->users.size(), 3U);
  EXPECT_EQ(controller->pending(), 0U);
}

TEST_F(LedgerTest, WhatRemovesDoesNotWait) {
  const std::string account = controller->state()->operator_id;
  ASSERT_TRUE(propose(controller->new_key(account, "", "SPARE", "spare-secret")));
  publisher->held = true;
  EXPECT_FALSE(create_user("waits"));
  ASSERT_TRUE(propose(SetKeyStatus{"SPARE", KeyStatus::kInactive}));
  EXPECT_EQ(controller->state()->key("SPARE")->status, KeyStatus::kInactive);
  // To give it back waits, and until then it stays taken.
  EXPECT_FALSE(propose(SetKeyStatus{"SPARE", KeyStatus::kActive}));
  EXPECT_EQ(controller->state()->key("SPARE")->status, KeyStatus::kInactive);
  ASSERT_TRUE(propose(DeleteKey{"SPARE"}));
  EXPECT_EQ(controller->state()->key("SPARE"), nullptr);
  EXPECT_TRUE(controller->state()->users.empty());
  EXPECT_EQ(controller->pending(), 4U);
  // The same after a restart.
  controller = open().value();
  EXPECT_EQ(controller->state()->key("SPARE"), nullptr);
  EXPECT_TRUE(controller->state()->users.empty());
  EXPECT_EQ(controller->pending(), 4U);
  publisher->held = false;
  controller = open().value();
  EXPECT_EQ(controller->pending(), 0U);
  EXPECT_EQ(controller->state()->users.size(), 1U);
  EXPECT_EQ(controller->state()->acts, 7U);
}

// What an act removes is judged by what is in force.
TEST_F(LedgerTest, ADenyGoesWithTheQuorumAlone) {
  const std::string account = controller->state()->operator_id;
  const IamRef bob{account, IamKind::kUser, "bob"};
  ASSERT_TRUE(create_user("bob"));
  ASSERT_TRUE(propose(PutInlinePolicy{bob, "allow", kAllowAll}));
  ASSERT_TRUE(propose(PutInlinePolicy{bob, "fence", kDenyAll}));
  const auto holds = [&](const std::string& name) {
    return controller->state()->user(account, "bob")->grants.inlined.contains(name);
  };
  publisher->held = true;
  EXPECT_EQ(propose(DeleteInlinePolicy{bob, "fence"}).error().code, Code::kUnavailable);
  EXPECT_TRUE(holds("fence"));
  ASSERT_TRUE(propose(DeleteInlinePolicy{bob, "allow"}));
  EXPECT_FALSE(holds("allow"));
  ASSERT_TRUE(propose(PutInlinePolicy{bob, "second fence", kDenyAll}).error().code ==
              Code::kInvalid);
  ASSERT_TRUE(propose(PutInlinePolicy{bob, "second", kDenyAll}));
  EXPECT_TRUE(holds("second"));
  EXPECT_FALSE(propose(DeleteInlinePolicy{bob, "second"}));
  EXPECT_FALSE(propose(DeleteUser{account, "bob"})) << "what it holds is still in force";
  EXPECT_TRUE(holds("fence") && holds("second"));
  publisher->held = false;
  ASSERT_TRUE(run_sync(publisher->publish(log.log().figures().size)));
  ASSERT_TRUE(run_sync(controller->settle()));
  EXPECT_EQ(controller->state()->user(account, "bob"), nullptr);
  EXPECT_EQ(controller->pending(), 0U);
}

TEST_F(LedgerTest, BehindANameThatWaitsNothingIsTakenForGone) {
  const std::string account = controller->state()->operator_id;
  const IamRef bob{account, IamKind::kUser, "bob"};
  ASSERT_TRUE(create_user("bob"));
  ASSERT_TRUE(propose(PutInlinePolicy{bob, "allow", kAllowAll}));
  publisher->held = true;
  EXPECT_FALSE(propose(RenameIam{bob, "rob", "/"}));
  EXPECT_FALSE(propose(DeleteInlinePolicy{{account, IamKind::kUser, "rob"}, "allow"}));
  EXPECT_TRUE(controller->state()->user(account, "bob")->grants.inlined.contains("allow"));
  publisher->held = false;
  ASSERT_TRUE(run_sync(publisher->publish(log.log().figures().size)));
  ASSERT_TRUE(run_sync(controller->settle()));
  EXPECT_TRUE(controller->state()->user(account, "rob")->grants.inlined.empty());
}

TEST_F(LedgerTest, ACheckpointWithoutTheQuorumIsNotActedOn) {
  publisher->cosigns = false;
  EXPECT_EQ(create_user("one").error().code, Code::kDenied);
  EXPECT_TRUE(controller->state()->users.empty());
  EXPECT_FALSE(open());
  publisher->cosigns = true;
  // The next one covers it.
  ASSERT_TRUE(create_user("two"));
  EXPECT_EQ(controller->state()->users.size(), 2U);
}

TEST_F(LedgerTest, GenesisWaits) {
  meta::MemStore fresh;
  TestLog its(fresh);
  HeldPublisher held(its.log(), witness());
  held.held = true;
  const auto start = [&] {
    return run_sync(open_controller(fresh, {its.log(), held, policy}, clock, rng, kSealingKey, {},
                                    "us-east-1"));
  };
  EXPECT_EQ(start().error().code, Code::kUnavailable);
  held.held = false;
  const auto started = start();
  ASSERT_TRUE(started);
  EXPECT_EQ((*started)->state()->acts, 2U);
  EXPECT_EQ(its.log().figures().size, 2U);
}

// What a node says of itself when it starts: once, also where it is not proven yet; and nothing is
// published before it.
TEST_F(LedgerTest, WhatIsDeclaredIsDeclaredOnce) {
  std::vector<audit::Declaration> declared = {sample_declaration("1.0").declaration,
                                              audit::declare_exclusions()};
  const auto start = [&] {
    return run_sync(open_controller(rows, {log.log(), *publisher, policy}, clock, rng, kSealingKey,
                                    {"ROOT", "root-secret"}, "us-east-1", declared));
  };
  ASSERT_TRUE(create_user("one"));
  publisher->held = true;
  const std::uint64_t published = log.log().figures().published_size;
  controller = start().value();  // although no quorum is there
  EXPECT_EQ(controller->pending(), 2U);
  EXPECT_TRUE(controller->state()->declared.empty());
  EXPECT_EQ(log.log().figures().published_size, published);
  EXPECT_EQ(log.log().figures().size, published + 2);
  controller = start().value();
  EXPECT_EQ(log.log().figures().size, published + 2) << "said again";
  EXPECT_EQ(controller->state()->users.size(), 1U);

  publisher->held = false;
  declared[0] = sample_declaration("1.1").declaration;
  controller = start().value();
  EXPECT_EQ(controller->pending(), 0U);
  EXPECT_EQ(controller->state()->declared.find(std::string("software"))->second, declared[0]);
  EXPECT_EQ(log.log().figures().size, published + 3);
  const auto entry = run_sync(log.log().entries(published + 2, published + 3)).value()[0];
  const audit::Leaf leaf = audit::decode_leaf(entry).value();
  EXPECT_EQ(leaf.kind, "declare");
  EXPECT_EQ(leaf.account, "");
  EXPECT_EQ(leaf.facts["actor"], codec::Json({{"account", ""}, {"user", ""}}));
  EXPECT_EQ(leaf.facts["says"]["version"], "1.1");
  ASSERT_TRUE(start());
  EXPECT_EQ(log.log().figures().size, published + 3);
}

TEST_F(LedgerTest, NobodyElseDeclares) {
  EXPECT_EQ(propose(sample_declaration("1.0")).error().code, Code::kInvalid);
  const Act good{.sequence = 2,
                 .time = {},
                 .actor = std::string(kNodeActor),
                 .request_id = {},
                 .body = sample_declaration("1.0")};
  const auto state = apply(*controller->state(), good);
  ASSERT_TRUE(state) << state.error().what;
  Act again = good;
  again.sequence = 3;
  EXPECT_EQ(apply(*state, again).error().code, Code::kExists);
  again.body = CreateUser{sample_user(1, "bob", 1)};
  EXPECT_EQ(apply(*state, again).error().code, Code::kInvalid) << "the node does nothing else";
}

TEST_F(LedgerTest, AFrozenLogTakesNoActs) {
  publisher->frozen = true;
  const std::uint64_t size = log.log().figures().size;
  EXPECT_EQ(create_user("one").error().code, Code::kUnavailable);
  EXPECT_EQ(log.log().figures().size, size);
  publisher->frozen = false;
  EXPECT_EQ(create_user("one")->sequence, 2U);
}

// A node that is given another log, or acts that the log does not know, does not start.
TEST_F(LedgerTest, AnActThatIsNotTheLogsIsRefused) {
  ASSERT_TRUE(create_user("one"));
  ASSERT_TRUE(create_user("two"));
  const auto change = [this](std::string key, std::string value) {
    meta::Commit commit{.shard = kShard, .preconditions = {}, .mutations = {}};
    commit.put(std::move(key), std::move(value));
    ASSERT_TRUE(run_sync(rows.commit(std::move(commit))));
  };
  const auto at = [this](const std::string& key) {
    return *run_sync(rows.get(kShard, key)).value();
  };
  const std::string good = at(act_row(3));
  Act act = act_from_json(good).value();
  std::get<CreateUser>(act.body).user.name = "mallory";
  change(act_row(3), act_to_json(act));
  EXPECT_EQ(open().error().code, Code::kCorrupt);
  EXPECT_NE(open().error().what.find("not what the log says"), std::string::npos);
  change(act_row(3), good);
  change(leaf_row(3), encode_leaf_place({.origin = 0, .index = 2}));
  EXPECT_EQ(open().error().code, Code::kCorrupt);
  change(leaf_row(3), encode_leaf_place({.origin = 0, .index = 4}));
  EXPECT_EQ(open().error().code, Code::kCorrupt);
  change(leaf_row(3), encode_leaf_place({.origin = 0, .index = 3}));
  EXPECT_TRUE(open());
}

// A store of before leaves: they are made at the first start, in order, once.
TEST_F(LedgerTest, OlderActsGetTheirLeaves) {
  ASSERT_TRUE(create_user("one"));
  meta::MemStore old;
  for (const meta::Row& row : run_sync(rows.scan(kShard, "", "", 1000)).value()) {
    if (row.key[0] == 'c' || row.key[0] == 'l') continue;
    meta::Commit commit{.shard = kShard, .preconditions = {}, .mutations = {}};
    commit.put(row.key, row.value);
    ASSERT_TRUE(run_sync(old.commit(std::move(commit))));
  }
  TestLog its(old);
  for (int start = 0; start < 2; ++start) {
    const auto opened =
        run_sync(open_controller(old, its.ledger(), clock, rng, kSealingKey, {}, "us-east-1"));
    ASSERT_TRUE(opened) << opened.error().what;
    EXPECT_EQ((*opened)->state()->users, controller->state()->users);
    EXPECT_EQ((*opened)->state()->acts, 3U);
    EXPECT_EQ((*opened)->state()->operator_account().handle.size(), 64U);
    EXPECT_EQ(its.log().figures().size, 3U);
  }
}

// Whatever commit of an act fails, before or after it was written, and whoever restarts then: each
// act of the list has exactly one leaf, in the order of the acts.
TEST(LedgerCrash, EachActHasOneLeaf) {
  using tlog::ThumbRows;
  for (std::size_t failing = 0; failing < 24; ++failing) {
    for (const bool is_done : {false, true}) {
      meta::MemStore rows;
      ThumbRows thumb(rows);
      FakeClock clock;
      SeededRng rng(failing);
      bool is_closed = false;
      thumb.on_commit = [&](const meta::Commit&) {
        if (is_closed) return ThumbRows::Verdict{fail(Code::kUnavailable, "closed"), false};
        if (thumb.commits - 1 != failing) return ThumbRows::Verdict{};
        is_closed = true;  // as an engine whose write failed
        return ThumbRows::Verdict{fail(Code::kUnavailable, "fault"), is_done};
      };
      std::uint64_t answered = 0;
      if (auto before = run_sync(
              tlog::open_log(thumb,
                             merkle::Signer::make("log.example/test", merkle::KeyType::kEd25519,
                                                  std::string(32, 'l'))
                                 .value(),
                             {}))) {
        const auto publisher = tlog::publish_at_once(**before);
        merkle::Policy policy;
        policy.logs.push_back({.key = (*before)->key(), .url = ""});
        const auto controller =
            run_sync(open_controller(thumb, {**before, *publisher, policy}, clock, rng, kSealingKey,
                                     {"ROOT", "root-secret"}, "us-east-1"));
        for (int n = 0; controller && n < 3; ++n) {
          const auto done =
              run_sync((*controller)
                           ->propose("actor", "request",
                                     CreateUser{(*controller)
                                                    ->new_user((*controller)->state()->operator_id,
                                                               "user" + std::to_string(n))}));
          if (done) ++answered;
        }
      }
      TestLog log(rows);
      const auto again = run_sync(open_controller(rows, log.ledger(), clock, rng, kSealingKey,
                                                  {"ROOT", "root-secret"}, "us-east-1"));
      ASSERT_TRUE(again) << failing << ": " << again.error().what;
      const std::uint64_t acts = (*again)->state()->acts;
      EXPECT_GE((*again)->state()->users.size(), answered);
      EXPECT_EQ((*again)->pending(), 0U);
      ASSERT_EQ(log.log().figures().size, acts) << failing;
      ASSERT_EQ(log.log().figures().published_size, acts) << failing;
      const auto entries = run_sync(log.log().entries(0, acts)).value();
      for (std::uint64_t n = 0; n < acts; ++n) {
        EXPECT_EQ(audit::decode_leaf(entries[n])->sequence, n) << failing;
      }
    }
  }
}

}  // namespace
}  // namespace muzn::control
