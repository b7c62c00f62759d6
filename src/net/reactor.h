// The engine of a Loop: epoll (edge-triggered), timers, and the run queue. Everything but post()
// and stop() belongs to the loop's own thread.
#pragma once
#include <atomic>
#include <coroutine>
#include <cstdint>
#include <mutex>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "base/task.h"
#include "base/time.h"
#include "net/fd.h"
#include "net/lender.h"

namespace muzn::net {

inline constexpr std::int64_t kNever = INT64_MAX;

// Called by the reactor when `due` has passed. Must outlive its arming.
class Timer {
 public:
  virtual void expire() = 0;

 protected:
  ~Timer() = default;

 private:
  friend class Reactor;
  std::int64_t armed_at_ = kNever;  // kNever: not armed
};

// Told the events of a watched descriptor.
class Watcher {
 public:
  virtual void on_events(std::uint32_t events) = 0;

 protected:
  ~Watcher() = default;
};

class Reactor {
 public:
  explicit Reactor(const Clock& clock);
  ~Reactor();
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;

  // Any thread. The handle resumes on the loop's thread, never inside this call.
  void post(std::coroutine_handle<> handle);
  void stop();
  // The loop's thread. The handle resumes when all that are to be resumed in this turn were.
  void post_late(std::coroutine_handle<> handle) { late_.push_back(handle); }

  // Runs until stop() was called, nobody holds the loop, and nothing is left to resume.
  void run();

  std::int64_t now() const { return clock_.monotonic_micros(); }
  const Clock& clock() const { return clock_; }

  // Edge-triggered for reading and writing until the descriptor is closed. False: no memory.
  bool watch(int fd, Watcher& watcher);
  void forget(int fd);

  void arm(Timer& timer, std::int64_t due_micros);
  void disarm(Timer& timer);
  std::int64_t armed_at(const Timer& timer) const { return timer.armed_at_; }

  Lender& lender() { return lender_; }

  void hold() { ++holders_; }
  void release() { --holders_; }

 private:
  void wake();
  void take_posted();
  void poll();
  void expire_timers();
  int poll_timeout_ms() const;

  const Clock& clock_;
  Fd epoll_;
  Fd event_;
  std::atomic<std::thread::id> owner_;
  std::atomic<bool> stopping_ = false;
  std::vector<std::coroutine_handle<>> ready_;  // the loop's thread only
  std::vector<std::coroutine_handle<>> late_;   // likewise
  std::set<std::pair<std::int64_t, Timer*>> timers_;
  std::size_t holders_ = 0;
  Lender lender_;

  std::mutex mutex_;  // guards posted_
  std::vector<std::coroutine_handle<>> posted_;
};

// Keeps Loop::run() going while it lives: held by each connection.
class Hold {
 public:
  explicit Hold(Reactor& reactor) : reactor_(reactor) { reactor_.hold(); }
  ~Hold() { reactor_.release(); }
  Hold(const Hold&) = delete;
  Hold& operator=(const Hold&) = delete;

 private:
  Reactor& reactor_;
};

// co_await Sleep(reactor, micros)  goes on after at least that time.
class Sleep final : Timer {
 public:
  Sleep(Reactor& reactor, std::int64_t micros) : reactor_(reactor), micros_(micros) {}
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> self) {
    waiter_ = self;
    reactor_.arm(*this, reactor_.now() + micros_);
  }
  void await_resume() const noexcept {}

 private:
  void expire() override { reactor_.post(waiter_); }

  Reactor& reactor_;
  std::int64_t micros_;
  std::coroutine_handle<> waiter_;
};

// co_await Yield(reactor)  lets the others run first.
class Yield {
 public:
  explicit Yield(Reactor& reactor) : reactor_(reactor) {}
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> self) { reactor_.post(self); }
  void await_resume() const noexcept {}

 private:
  Reactor& reactor_;
};

// co_await EndOfTurn(reactor)  lets all others of this turn run first, without a look at new
// events. For who is about to send: answers of one turn leave together, and wake a client once that
// waits for several. To wake a sleeping processor costs more than to send (on virtual ones above
// all).
class EndOfTurn {
 public:
  explicit EndOfTurn(Reactor& reactor) : reactor_(reactor) {}
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> self) { reactor_.post_late(self); }
  void await_resume() const noexcept {}

 private:
  Reactor& reactor_;
};

}  // namespace muzn::net
