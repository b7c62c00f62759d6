// One epoll loop on one thread: the executor of the connections it owns.
#pragma once
#include <coroutine>
#include <memory>

#include "base/task.h"
#include "base/time.h"

namespace muzn::net {

class Reactor;

class Loop final : public Executor {
 public:
  explicit Loop(const Clock& clock);
  ~Loop() override;
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  void post(std::coroutine_handle<> handle) override;
  // Runs until stop() was called and no spawned connection is left. Call on the loop's own thread.
  void run();
  // Threads: safe.
  void stop();

  // Descriptors and timers of the loop, for this module (net/reactor.h).
  Reactor& reactor() { return *reactor_; }

 private:
  std::unique_ptr<Reactor> reactor_;
};

}  // namespace muzn::net
