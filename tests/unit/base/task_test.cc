#include "base/task.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/pool.h"
#include "base/stream.h"

namespace muzn {
namespace {

Task<int> leaf(int value) {
  co_return value;
}
Task<int> sum(int count) {
  int total = 0;
  for (int i = 0; i < count; ++i) total += co_await leaf(1);
  co_return total;
}
Task<Result<std::string>> failing(bool fails) {
  if (fails) co_return fail(Code::kNotFound, "gone");
  co_return std::string("here");
}
Task<Result<std::size_t>> passes_on(bool fails) {
  CO_TRY(const auto text, co_await failing(fails));
  co_return text.size();
}
Task<std::unique_ptr<int>> owning(std::unique_ptr<int> value) {
  co_return value;
}

TEST(Task, RunsDeepAndLongWithoutGrowingTheStack) {
  EXPECT_EQ(run_sync(sum(1'000'000)), 1'000'000);
}

TEST(Task, PassesErrorsAndOwnership) {
  EXPECT_EQ(run_sync(passes_on(false)).value(), 4U);
  EXPECT_EQ(run_sync(passes_on(true)).error().code, Code::kNotFound);
  EXPECT_EQ(*run_sync(owning(std::make_unique<int>(7))), 7);
}

Task<bool> comes_home(Pool& pool, Executor& home) {
  const auto here = std::this_thread::get_id();
  const auto there = co_await offload(pool, [] { return std::this_thread::get_id(); });
  const bool inherited = &(co_await current_executor{}) == &home;
  co_return there != here&& std::this_thread::get_id() == here&& inherited;
}

TEST(Pool, OffloadRunsElsewhereAndComesHome) {
  Pool pool(2);
  RunQueue queue;
  EXPECT_TRUE(queue.run(comes_home(pool, queue)));
}

TEST(Pool, RunsWhatIsQueuedBeforeItEnds) {
  std::atomic<int> ran{0};
  {
    Pool pool(3);
    for (int i = 0; i < 100; ++i) pool.submit([&ran] { ++ran; });
  }
  EXPECT_EQ(ran, 100);
}

Task<void> never_awaited(std::shared_ptr<int> held) {  // shared so that the test sees it released
  (void)held;
  co_return;
}

Task<std::unique_ptr<int>> maybe_ready(bool is_ready) {
  if (is_ready) return Task<std::unique_ptr<int>>::ready(std::make_unique<int>(7));
  return owning(std::make_unique<int>(7));
}
Task<int> awaits_twice(bool is_ready) {
  Task<std::unique_ptr<int>> first = maybe_ready(is_ready);
  Task<std::unique_ptr<int>> moved = std::move(first);
  first = maybe_ready(!is_ready);
  const auto one = co_await std::move(moved);
  const auto two = co_await std::move(first);
  co_return *one + *two;
}

TEST(Task, MayBeReady) {
  for (const bool is_ready : {false, true}) {
    EXPECT_EQ(run_sync(awaits_twice(is_ready)), 14);
    EXPECT_EQ(*run_sync(maybe_ready(is_ready)), 7);
  }
}

Task<std::size_t> with_frame_of(std::size_t size) {
  const std::string kept(size, 'x');
  co_await owning(nullptr);
  co_return kept.size();
}

// Frames that begin on one thread and end on another, more of one size than a thread keeps.
TEST(Task, FramesMayEndOnAnotherThread) {
  std::vector<Task<std::size_t>> tasks;
  for (std::size_t i = 0; i < 100; ++i) tasks.push_back(with_frame_of(i));
  std::thread([moved = std::move(tasks)]() mutable {
    for (std::size_t i = 0; i < moved.size(); ++i) EXPECT_EQ(run_sync(std::move(moved[i])), i);
    moved.clear();
  }).join();
  for (std::size_t i = 0; i < 100; ++i) EXPECT_EQ(run_sync(with_frame_of(i)), i);
}

TEST(Task, OneThatNeverRanReleasesItsArguments) {
  auto held = std::make_shared<int>(1);
  {
    const auto task = never_awaited(held);
  }
  EXPECT_EQ(held.use_count(), 1);
}

TEST(Stream, ReadAllStopsAtTheLimit) {
  StringSource four("four");
  EXPECT_EQ(run_sync(read_all(four, 4)).value(), "four");
  StringSource five("fives");
  EXPECT_EQ(run_sync(read_all(five, 4)).error().code, Code::kLimit);
}

}  // namespace
}  // namespace muzn
