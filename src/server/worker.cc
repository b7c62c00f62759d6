#include "server/worker.h"

#include <utility>

namespace muzn::server {

void Worker::start(std::function<void()> work) {
  thread_ = std::thread(std::move(work));
}

void Worker::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool Worker::pause(std::chrono::microseconds time) {
  std::unique_lock lock(mutex_);
  return !wake_.wait_for(lock, time, [this] { return stopping_; });
}

}  // namespace muzn::server
