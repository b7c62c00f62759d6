// The contract of meta::Store, over each engine.
#include "meta/store.h"

#include <random>
#include <thread>

#include "unit/meta/engines.h"

namespace muzn::meta {
namespace {

constexpr ShardId kShard = kFirstBucketShard;

std::string joined(const Result<std::vector<Row>>& rows) {
  EXPECT_TRUE(rows.has_value());
  std::string out;
  for (const Row& row : rows.value_or(std::vector<Row>{})) out += row.key + "=" + row.value + " ";
  return out;
}

template <class Engine>
class StoreTest : public testing::Test {
 protected:
  Store& store() { return engine_.store(); }
  Engine engine_;
};

using Engines = testing::Types<MemEngine, RocksEngine>;
TYPED_TEST_SUITE(StoreTest, Engines);

TYPED_TEST(StoreTest, GetsWhatWasPut) {
  Store& store = this->store();
  EXPECT_EQ(get(store, kShard, "a"), std::nullopt);
  ASSERT_TRUE(put(store, kShard, "a", "1"));
  ASSERT_TRUE(put(store, kShard, "", "empty key"));
  ASSERT_TRUE(put(store, kShard, "empty value", ""));
  EXPECT_EQ(get(store, kShard, "a"), "1");
  EXPECT_EQ(get(store, kShard, ""), "empty key");
  EXPECT_EQ(get(store, kShard, "empty value"), "");
  EXPECT_EQ(get(store, kShard + 1, "a"), std::nullopt);
  EXPECT_GE(store.figures().commits, 3U);
  EXPECT_FALSE(store.figures().failed);
}

TYPED_TEST(StoreTest, MutationsApplyInOrder) {
  Store& store = this->store();
  Commit commit{kShard, {}, {}};
  commit.put("a", "1");
  commit.put("a", "2");
  commit.put("b", "1");
  commit.erase("b");
  commit.erase("c");
  commit.put("c", "3");
  commit.add("n", le64({5}));
  commit.add("n", le64({-7, 1}));
  commit.erase("m");
  commit.add("m", le64({1}));
  ASSERT_TRUE(run_sync(store.commit(std::move(commit))));
  EXPECT_EQ(get(store, kShard, "a"), "2");
  EXPECT_EQ(get(store, kShard, "b"), std::nullopt);
  EXPECT_EQ(get(store, kShard, "c"), "3");
  EXPECT_EQ(get(store, kShard, "n"), le64({-2, 1}));
  EXPECT_EQ(get(store, kShard, "m"), le64({1}));
}

TYPED_TEST(StoreTest, PreconditionsGuardAll) {
  Store& store = this->store();
  ASSERT_TRUE(put(store, kShard, "a", "1"));
  const auto attempt = [&](std::string key, std::optional<std::string> value) {
    Commit commit{kShard, {}, {}};
    commit.require("a", "1");
    commit.require(std::move(key), std::move(value));
    commit.put("written", "yes");
    return run_sync(store.commit(std::move(commit)));
  };
  EXPECT_EQ(attempt("a", std::nullopt).error().code, Code::kPrecondition);
  EXPECT_EQ(attempt("a", "2").error().code, Code::kPrecondition);
  EXPECT_EQ(attempt("b", "").error().code, Code::kPrecondition);
  EXPECT_EQ(get(store, kShard, "written"), std::nullopt);
  EXPECT_TRUE(attempt("b", std::nullopt));
  EXPECT_EQ(get(store, kShard, "written"), "yes");
  // Preconditions alone are a commit too.
  Commit only{kShard, {}, {}};
  only.require("a", "1");
  EXPECT_TRUE(run_sync(store.commit(std::move(only))));
}

TYPED_TEST(StoreTest, BadCountersChangeNothing) {
  Store& store = this->store();
  ASSERT_TRUE(put(store, kShard, "text", "abc"));
  Commit corrupt{kShard, {}, {}};
  corrupt.put("x", "1");
  corrupt.add("text", le64({1}));
  EXPECT_EQ(run_sync(store.commit(std::move(corrupt))).error().code, Code::kCorrupt);
  Commit invalid{kShard, {}, {}};
  invalid.put("x", "1");
  invalid.add("n", "123");
  EXPECT_EQ(run_sync(store.commit(std::move(invalid))).error().code, Code::kInvalid);
  EXPECT_EQ(get(store, kShard, "x"), std::nullopt);
  EXPECT_TRUE(put(store, kShard, "x", "2"));
}

TYPED_TEST(StoreTest, ScansInByteOrderWithinTheShard) {
  Store& store = this->store();
  ASSERT_TRUE(put(store, kShard - 1, "z", "other"));
  ASSERT_TRUE(put(store, kShard + 1, "", "other"));
  for (const char* key : {"b", "a", "\xff", "c", "ab"}) ASSERT_TRUE(put(store, kShard, key, "v"));
  const auto scan = [&](const char* from, const char* to, std::size_t limit) {
    return joined(run_sync(store.scan(kShard, from, to, limit)));
  };
  const auto back = [&](const char* from, const char* to, std::size_t limit) {
    return joined(run_sync(store.scan_back(kShard, from, to, limit)));
  };
  EXPECT_EQ(scan("", "", 10), "a=v ab=v b=v c=v \xff=v ");
  EXPECT_EQ(scan("", "", 2), "a=v ab=v ");
  EXPECT_EQ(scan("ab", "c", 10), "ab=v b=v ");
  EXPECT_EQ(scan("b", "b", 10), "");
  EXPECT_EQ(scan("c", "b", 10), "");
  EXPECT_EQ(scan("", "", 0), "");
  EXPECT_EQ(back("", "", 10), "\xff=v c=v b=v ab=v a=v ");
  EXPECT_EQ(back("ab", "c", 10), "b=v ab=v ");
  EXPECT_EQ(back("", "c", 1), "b=v ");
  EXPECT_EQ(back("c", "b", 10), "");
}

TYPED_TEST(StoreTest, DestroysOneShardOnly) {
  Store& store = this->store();
  for (const ShardId shard : {kShard - 1, kShard, kShard + 1}) {
    ASSERT_TRUE(put(store, shard, "", "1"));
    ASSERT_TRUE(put(store, shard, "\xff\xff", "2"));
  }
  ASSERT_TRUE(run_sync(store.destroy(kShard)));
  ASSERT_TRUE(run_sync(store.destroy(kShard)));
  EXPECT_EQ(joined(run_sync(store.scan(kShard, "", "", 10))), "");
  EXPECT_EQ(joined(run_sync(store.scan(kShard - 1, "", "", 10))), "=1 \xff\xff=2 ");
  EXPECT_EQ(joined(run_sync(store.scan(kShard + 1, "", "", 10))), "=1 \xff\xff=2 ");
  ASSERT_TRUE(put(store, kShard, "again", "3"));
  EXPECT_EQ(joined(run_sync(store.scan(kShard, "", "", 10))), "again=3 ");
}

// Adds 1 to its counter and takes each ticket at most once, against all others.
Task<void> compete(Store& store, int tickets, int* won) {
  for (int ticket = 0; ticket < tickets; ++ticket) {
    Commit commit{kShard, {}, {}};
    const std::string key = "ticket" + std::to_string(ticket);
    commit.require(key, std::nullopt);
    commit.put(key, "taken");
    commit.add("sold", le64({1}));
    const auto result = co_await store.commit(std::move(commit));
    if (result) ++*won;
    EXPECT_TRUE(result || result.error().code == Code::kPrecondition);
  }
}

// Runs many coroutines on one executor and waits for the last of them.
struct Join {
  int left = 0;
  Executor* home = nullptr;
  std::coroutine_handle<> waiter;

  bool await_ready() const noexcept { return left == 0; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> self) {
    home = self.promise().executor;
    waiter = self;
  }
  void await_resume() const noexcept {}
};

Task<void> tell(Task<void> task, Join* join) {
  co_await std::move(task);
  if (--join->left == 0 && join->waiter) join->home->post(join->waiter);
}

Task<void> run_all(std::vector<Task<void>> tasks) {
  Executor& executor = co_await current_executor{};
  Join join;
  join.left = static_cast<int>(tasks.size());
  for (auto& task : tasks) spawn(executor, tell(std::move(task), &join));
  co_await join;
}

TYPED_TEST(StoreTest, EachCompareHasOneWinner) {
  constexpr int kThreads = 4;
  constexpr int kCoroutines = 8;
  constexpr int kTickets = 30;
  Store& store = this->store();
  std::array<std::array<int, kCoroutines>, kThreads> won{};
  std::vector<std::thread> threads;
  for (auto& mine : won) {
    threads.emplace_back([&store, &mine] {
      std::vector<Task<void>> tasks;
      for (int& wins : mine) tasks.push_back(compete(store, kTickets, &wins));
      run_sync(run_all(std::move(tasks)));
    });
  }
  for (auto& thread : threads) thread.join();
  int total = 0;
  for (const auto& mine : won) {
    for (const int wins : mine) total += wins;
  }
  EXPECT_EQ(total, kTickets);
  EXPECT_EQ(get(store, kShard, "sold"), le64({kTickets}));
  EXPECT_GE(store.figures().commits, std::uint64_t{kTickets});
}

// Random commits over a few keys: both engines answer the same and hold the same.
TEST(StoreModel, EnginesAgree) {
  const std::uint32_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto below = [&random](int end) {
    return static_cast<int>(random() % static_cast<unsigned>(end));
  };
  MemEngine model;
  RocksEngine engine;
  for (int step = 0; step < 300; ++step) {
    Commit commit{kShard + static_cast<ShardId>(below(2)), {}, {}};
    const auto key = [&] { return std::string(1, static_cast<char>('a' + below(6))); };
    const auto value = [&] { return le64({below(3)}); };
    for (int i = below(2); i > 0; --i) {
      commit.require(key(), below(2) == 0 ? std::nullopt : std::optional(value()));
    }
    for (int i = below(4); i > 0; --i) {
      switch (below(3)) {
        case 0:
          commit.put(key(), value());
          break;
        case 1:
          commit.erase(key());
          break;
        default:
          commit.add(key(), value());
      }
    }
    const auto expected = run_sync(model.store().commit(commit));
    const auto actual = run_sync(engine.store().commit(commit));
    ASSERT_EQ(expected.has_value(), actual.has_value());
    if (step % 100 == 99) engine.reopen();
    for (const ShardId shard : {kShard, kShard + 1}) {
      const std::string from = key();
      ASSERT_EQ(joined(run_sync(model.store().scan(shard, from, "", 4))),
                joined(run_sync(engine.store().scan(shard, from, "", 4))));
      ASSERT_EQ(joined(run_sync(model.store().scan_back(shard, "", from, 4))),
                joined(run_sync(engine.store().scan_back(shard, "", from, 4))));
    }
  }
}

TEST(AfterPrefix, IsTheSmallestGreaterBound) {
  EXPECT_EQ(after_prefix("a"), "b");
  EXPECT_EQ(after_prefix("a\xff\xff"), "b");
  EXPECT_EQ(after_prefix("\x7f"), "\x80");
  EXPECT_EQ(after_prefix("\xff"), "");
  EXPECT_EQ(after_prefix(""), "");
}

}  // namespace
}  // namespace muzn::meta
