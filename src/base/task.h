// Task<T>: a lazy coroutine with one awaiter, the only coroutine type of the effectful floors.
//
// Rules. A Task runs nothing until awaited, and must be awaited at most once. The awaiting
// coroutine resumes on the executor it was started on: the executor is inherited along co_await, so
// no thread-local or global names it. A coroutine is a named function, never a capturing lambda;
// no lock is held across co_await; parameters are values unless the caller awaits at once.
// Exceptions do not leave a Task: an escaped one aborts.
#pragma once
#include <condition_variable>
#include <coroutine>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>

#include "base/error.h"
#include "base/frame_pool.h"

namespace muzn {

// Where suspended coroutines go on. post() may be called from any thread; the handle is resumed
// exactly once, on the executor's own thread.
class Executor {
 public:
  virtual ~Executor() = default;
  virtual void post(std::coroutine_handle<> handle) = 0;
};

template <class T>
class Task;

namespace task_detail {

struct FinalAwaiter {
  bool await_ready() const noexcept { return false; }
  template <class Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> self) const noexcept {
    return self.promise().continuation;
  }
  void await_resume() const noexcept {}
};

struct PromiseBase {
  Executor* executor = nullptr;  // set by the awaiter before the first resume
  std::coroutine_handle<> continuation = std::noop_coroutine();

  static void* operator new(std::size_t size) { return take_frame(size); }
  static void operator delete(void* frame, std::size_t size) { give_frame(frame, size); }

  std::suspend_always initial_suspend() const noexcept { return {}; }
  FinalAwaiter final_suspend() const noexcept { return {}; }
  [[noreturn]] void unhandled_exception() const noexcept { std::terminate(); }
};

template <class T>
struct Promise : PromiseBase {
  std::optional<T> value;
  Task<T> get_return_object();
  template <class U>
  void return_value(U&& result) {
    value.emplace(std::forward<U>(result));
  }
};

template <>
struct Promise<void> : PromiseBase {
  Task<void> get_return_object();
  void return_void() const noexcept {}
};

}  // namespace task_detail

template <class T = void>
class [[nodiscard]] Task {
 public:
  using promise_type = task_detail::Promise<T>;

  explicit Task(std::coroutine_handle<promise_type> handle) : handle_(handle) {}
  // One that has its value already: what a function returns that needs no coroutine this time.
  template <class U = T>
    requires(!std::is_void_v<U>)
  static Task ready(U value) {
    Task out{std::coroutine_handle<promise_type>()};
    out.ready_.emplace(std::move(value));
    return out;
  }
  Task(Task&& other) noexcept
      : handle_(std::exchange(other.handle_, nullptr)), ready_(std::move(other.ready_)) {}
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      if (handle_) handle_.destroy();
      handle_ = std::exchange(other.handle_, nullptr);
      ready_ = std::move(other.ready_);
    }
    return *this;
  }
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;
  ~Task() {
    if (handle_) handle_.destroy();
  }

  bool await_ready() const noexcept { return !handle_; }
  template <class Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> awaiter) noexcept {
    handle_.promise().executor = awaiter.promise().executor;
    handle_.promise().continuation = awaiter;
    return handle_;
  }
  T await_resume() {
    if constexpr (!std::is_void_v<T>) {
      if (!handle_) {
        CHECK(ready_.has_value());
        return *std::exchange(ready_, std::nullopt);
      }
      CHECK(handle_.promise().value.has_value());
      return std::move(*handle_.promise().value);
    }
  }

 private:
  struct Nothing {};

  std::coroutine_handle<promise_type> handle_;  // null: it was ready
  [[no_unique_address]] std::optional<std::conditional_t<std::is_void_v<T>, Nothing, T>> ready_;
};

namespace task_detail {

template <class T>
Task<T> Promise<T>::get_return_object() {
  return Task<T>(std::coroutine_handle<Promise<T>>::from_promise(*this));
}
inline Task<void> Promise<void>::get_return_object() {
  return Task<void>(std::coroutine_handle<Promise<void>>::from_promise(*this));
}

// A self-destroying root coroutine.
struct Detached {
  struct promise_type {
    Executor* executor = nullptr;
    Detached get_return_object() {
      return Detached{std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    std::suspend_always initial_suspend() const noexcept { return {}; }
    std::suspend_never final_suspend() const noexcept { return {}; }
    [[noreturn]] void unhandled_exception() const noexcept { std::terminate(); }
    void return_void() const noexcept {}
  };
  std::coroutine_handle<promise_type> handle;
};

inline Detached detach(Task<void> task) {
  co_await std::move(task);
}

}  // namespace task_detail

// Starts `task` on `executor` (by post) and lets it run to its end on its own.
inline void spawn(Executor& executor, Task<void> task) {
  auto root = task_detail::detach(std::move(task));
  root.handle.promise().executor = &executor;
  executor.post(root.handle);
}

// co_await current_executor{}  ->  Executor&: the one this coroutine runs on.
struct current_executor {
  bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> self) noexcept {
    executor = self.promise().executor;
    return false;
  }
  Executor& await_resume() const noexcept { return *executor; }
  Executor* executor = nullptr;
};

// A run queue driven by the calling thread: tests, the command line and start-up use it to run a
// Task to its end. Blocks while the task waits for other threads.
class RunQueue final : public Executor {
 public:
  void post(std::coroutine_handle<> handle) override {
    const std::lock_guard lock(mutex_);
    ready_.push_back(handle);
    wake_.notify_one();
  }

  template <class T>
  T run(Task<T> task) {
    std::optional<T> out;
    bool done = false;
    spawn(*this, store(std::move(task), &out, &done));
    drive(done);
    return std::move(*out);
  }
  void run(Task<void> task) {
    bool done = false;
    spawn(*this, mark(std::move(task), &done));
    drive(done);
  }

 private:
  template <class T>
  static Task<void> store(Task<T> task, std::optional<T>* out, bool* done) {
    out->emplace(co_await std::move(task));
    *done = true;
  }
  static Task<void> mark(Task<void> task, bool* done) {
    co_await std::move(task);
    *done = true;
  }
  void drive(const bool& done) {
    while (!done) {
      std::coroutine_handle<> next;
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return !ready_.empty(); });
        next = ready_.front();
        ready_.pop_front();
      }
      next.resume();
    }
  }

  std::mutex mutex_;  // guards ready_
  std::condition_variable wake_;
  std::deque<std::coroutine_handle<>> ready_;
};

// Runs `task` to its end on the calling thread.
template <class T>
T run_sync(Task<T> task) {
  RunQueue queue;
  return queue.run(std::move(task));
}
inline void run_sync(Task<void> task) {
  RunQueue queue;
  queue.run(std::move(task));
}

}  // namespace muzn
