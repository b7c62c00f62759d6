// A bounded pool of threads for what may block or takes long: file I/O, hashing of large bodies.
#pragma once
#include <condition_variable>
#include <coroutine>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <type_traits>
#include <vector>

#include "base/task.h"

namespace muzn {

class Pool {
 public:
  explicit Pool(unsigned threads);
  // Runs what is queued to its end, then joins.
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // Threads: safe. Unbounded queue: callers are coroutines, each of which waits for its own job, so
  // the queue is bounded by the number of requests in flight.
  void submit(std::function<void()> job);
  // Jobs that no thread has taken yet. Threads: safe.
  std::size_t waiting() const;

 private:
  void work();

  mutable std::mutex mutex_;  // guards jobs_ and stopping_
  std::condition_variable wake_;
  std::deque<std::function<void()>> jobs_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

namespace pool_detail {

template <class F>
struct Offload {
  using T = std::invoke_result_t<F&>;
  struct Nothing {};
  using Stored = std::conditional_t<std::is_void_v<T>, Nothing, T>;

  Pool& pool;
  F function;
  std::optional<Stored> out;

  bool await_ready() const noexcept { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> self) {
    Executor* home = self.promise().executor;
    pool.submit([this, self, home] {
      if constexpr (std::is_void_v<T>) {
        function();
        out.emplace();
      } else {
        out.emplace(function());
      }
      home->post(self);
    });
  }
  T await_resume() {
    if constexpr (!std::is_void_v<T>) return std::move(*out);
  }
};

}  // namespace pool_detail

// co_await offload(pool, [&] { return blocking(); });  runs the function on a pool thread and goes
// on, with its value, on the coroutine's own executor. The function must not throw.
template <class F>
auto offload(Pool& pool, F function) {
  return pool_detail::Offload<F>{pool, std::move(function), {}};
}

}  // namespace muzn
