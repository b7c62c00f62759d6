// Runs a server until a signal asks it to stop.
#pragma once
#include <csignal>
#include <functional>

namespace muzn::cli {

// Make it before any thread: blocks SIGINT and SIGTERM here and in every thread made later, so that
// one thread may wait for them.
class StopSignals {
 public:
  StopSignals();
  // Returns when `run` does, which ends after `stop` was called on SIGINT or SIGTERM.
  void run(const std::function<void()>& run, const std::function<void()>& stop) const;

 private:
  sigset_t set_{};
};

}  // namespace muzn::cli
