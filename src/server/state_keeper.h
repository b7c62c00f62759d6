// The thread that looks whether the log has to say the public state again (control/public_state.h).
#pragma once
#include <vector>

#include "control/controller.h"
#include "control/public_state.h"
#include "server/log.h"
#include "server/metrics.h"
#include "server/trouble.h"
#include "server/worker.h"

namespace muzn::server {

class StateKeeper {
 public:
  // Borrowed: the controller, and the state that it folds.
  StateKeeper(control::Controller& controller, const control::PublicState& state, Log& log)
      : controller_(controller),
        state_(state),
        trouble_(log, "the public state's hash is not in the log",
                 "the public state's hash is in the log again") {}
  ~StateKeeper() { stop(); }
  StateKeeper(const StateKeeper&) = delete;
  StateKeeper& operator=(const StateKeeper&) = delete;

  void start();
  // Idempotent.
  void stop();

  // Threads: safe.
  std::vector<Gauge> gauges() const;

 private:
  void work();

  control::Controller& controller_;
  const control::PublicState& state_;
  Trouble trouble_;  // of the thread
  Worker worker_;    // the last: it ends before what it works with
};

}  // namespace muzn::server
