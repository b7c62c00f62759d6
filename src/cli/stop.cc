#include "cli/stop.h"

#include <pthread.h>
#include <unistd.h>

#include <thread>

namespace muzn::cli {

StopSignals::StopSignals() {
  sigemptyset(&set_);
  sigaddset(&set_, SIGINT);
  sigaddset(&set_, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &set_, nullptr);
}

void StopSignals::run(const std::function<void()>& run, const std::function<void()>& stop) const {
  std::thread stopper([this, &stop] {
    int signal = 0;
    sigwait(&set_, &signal);
    stop();
  });
  run();
  // run() ends only after a stop; when the listener died on its own, release the stopper.
  ::kill(::getpid(), SIGTERM);
  stopper.join();
}

}  // namespace muzn::cli
