#include "base/task_group.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/pool.h"

namespace muzn {
namespace {

Task<void> note(std::vector<int>* notes, int number) {
  notes->push_back(number);
  co_return;
}

Task<void> note_late(Pool* pool, std::vector<int>* notes, int number) {
  co_await offload(*pool, [] {});
  notes->push_back(number);
}

Task<std::vector<int>> starts_three(Pool& pool) {
  std::vector<int> notes;
  TaskGroup group;
  for (int i = 1; i <= 3; ++i) co_await group.start(note_late(&pool, &notes, i));
  notes.push_back(0);  // none has run yet: starting does not wait
  co_await group.until(1);
  CHECK(notes.size() >= 3 && group.running() <= 1);
  co_await group.until(0);
  CHECK(group.running() == 0);
  co_await group.until(0);
  co_return notes;
}

TEST(TaskGroup, RunsTasksBesideTheOneThatStartedThem) {
  Pool pool(2);
  for (int round = 0; round < 200; ++round) {
    const auto notes = run_sync(starts_three(pool));
    ASSERT_EQ(notes.size(), 4U);
    EXPECT_EQ(notes.front(), 0);
  }
}

Task<std::vector<int>> starts_in_order() {
  std::vector<int> notes;
  TaskGroup group;
  for (int i = 0; i < 5; ++i) co_await group.start(note(&notes, i));
  co_await group.until(0);
  co_return notes;
}

TEST(TaskGroup, TasksBeginInTheOrderOfTheirStart) {
  EXPECT_EQ(run_sync(starts_in_order()), (std::vector<int>{0, 1, 2, 3, 4}));
}

}  // namespace
}  // namespace muzn
