// Tasks that run beside the coroutine that started them, on its own executor.
#pragma once
#include <coroutine>
#include <cstddef>
#include <utility>

#include "base/task.h"

namespace muzn {

// Belongs to one coroutine, which starts tasks and waits for them: only that one may call it, and
// all run on its executor, so nothing here is shared between threads. REQUIRES that none runs when
// it dies.
class TaskGroup {
 public:
  TaskGroup() = default;
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;
  ~TaskGroup() { CHECK(running_ == 0); }

  // co_await group.start(task)  runs it to where it first waits, and goes on. Not by post(): then
  // the order of what is done would hang on what other threads post meanwhile.
  auto start(Task<void> task) { return Start{*this, std::move(task)}; }
  // co_await group.until(n)  goes on when at most `n` of them run.
  auto until(std::size_t n) { return Until{*this, n}; }

  std::size_t running() const { return running_; }

 private:
  struct Start {
    TaskGroup& group;
    Task<void> task;
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> self) {
      ++group.running_;
      const auto root = task_detail::detach(run(&group, std::move(task)));
      root.handle.promise().executor = self.promise().executor;
      root.handle.resume();
      return false;
    }
    void await_resume() const noexcept {}
  };

  struct Until {
    TaskGroup& group;
    std::size_t limit;
    bool await_ready() const noexcept { return group.running_ <= limit; }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> self) {
      group.waiter_ = self;
      group.limit_ = limit;
      group.executor_ = self.promise().executor;
    }
    void await_resume() const noexcept {}
  };

  static Task<void> run(TaskGroup* group, Task<void> task) {
    co_await std::move(task);
    group->end_one();
  }

  // Resumes by post(): the waiter may destroy this object, and the task's own frame must end first.
  void end_one() {
    --running_;
    if (!waiter_ || running_ > limit_) return;
    executor_->post(std::exchange(waiter_, nullptr));
  }

  std::size_t running_ = 0;
  std::size_t limit_ = 0;
  std::coroutine_handle<> waiter_ = nullptr;
  Executor* executor_ = nullptr;
};

}  // namespace muzn
