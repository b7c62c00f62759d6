// One coroutine at a time, in order of arrival: a mutex that may be held across co_await, because
// nobody blocks a thread for it.
//
//   co_await turnstile.enter();  ...  turnstile.leave();
#pragma once
#include <coroutine>
#include <deque>
#include <mutex>
#include <utility>

#include "base/task.h"

namespace muzn::control {

// Threads: safe. Whoever waits goes on, on its own executor, when the one before it leaves.
class Turnstile {
 public:
  class Entry {
   public:
    explicit Entry(Turnstile& turnstile) : turnstile_(turnstile) {}
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> self) {
      const std::lock_guard lock(turnstile_.mutex_);
      if (!std::exchange(turnstile_.busy_, true)) return false;
      turnstile_.waiting_.emplace_back(self.promise().executor, self);
      return true;
    }
    void await_resume() const noexcept {}

   private:
    Turnstile& turnstile_;
  };

  Entry enter() { return Entry(*this); }

  // REQUIRES that the caller entered.
  void leave() {
    std::pair<Executor*, std::coroutine_handle<>> next;
    {
      const std::lock_guard lock(mutex_);
      if (waiting_.empty()) {
        busy_ = false;
        return;
      }
      next = waiting_.front();
      waiting_.pop_front();
    }
    next.first->post(next.second);
  }

 private:
  std::mutex mutex_;  // guards all below
  bool busy_ = false;
  std::deque<std::pair<Executor*, std::coroutine_handle<>>> waiting_;
};

}  // namespace muzn::control
