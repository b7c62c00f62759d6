// A thread that looks after something again and again, until it is told to stop.
#pragma once
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace muzn::server {

class Worker {
 public:
  Worker() = default;
  ~Worker() { stop(); }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // REQUIRES that it was never started. `work` ends soon after pause() says so.
  void start(std::function<void()> work);
  // Waits for its end. Idempotent.
  void stop();
  // For the thread: false as soon as it is to stop.
  bool pause(std::chrono::microseconds time);

 private:
  std::mutex mutex_;  // guards stopping_
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace muzn::server
