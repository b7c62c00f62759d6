// The thread of the sweeper: a whole pass from time to time, and one of fresh garbage as soon as
// there is much, so that replaced bytes do not fill the disk. What a pass does is object/'s.
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "object/store.h"
#include "server/log.h"
#include "server/metrics.h"

namespace muzn::server {

struct SweeperOptions {
  std::int64_t period_seconds = 60;               // from one whole pass to the next
  std::uint64_t garbage_bytes_max = 32ULL << 20;  // made since a pass began: the next follows
};

// How long to rest, in microseconds, after so much work while clients wait for answers. Work is a
// quarter of the time, but more as garbage comes faster than it goes: `made` bytes since the pass
// began, of which `made_max` ask for the next.
std::int64_t rest_after(std::int64_t worked, std::uint64_t made, std::uint64_t made_max);

class Sweeper final : public object::SweepHost {
 public:
  // `log` is borrowed. `busy`: do clients wait for answers? Called often; threads: safe.
  Sweeper(Log& log, std::function<bool()> busy, const SweeperOptions& options)
      : log_(log), busy_(std::move(busy)), options_(options) {}
  ~Sweeper() override { stop(); }
  Sweeper(const Sweeper&) = delete;
  Sweeper& operator=(const Sweeper&) = delete;

  // Begins with a whole pass. `objects` is borrowed until stop().
  void start(object::Store& objects);
  // Ends within some blobs of the pass. Idempotent.
  void stop();

  void made_garbage(std::uint64_t bytes) override;

  // Threads: safe.
  std::vector<Gauge> gauges() const;

 private:
  enum class Next : std::uint8_t { kWhole, kFresh, kStop };
  using Clock = std::chrono::steady_clock;

  bool spend(std::int64_t micros) override;

  void work(object::Store& objects);
  Next wait(Clock::time_point whole_due);
  bool pause(std::chrono::microseconds time);  // false: it is to stop

  Log& log_;
  const std::function<bool()> busy_;
  const SweeperOptions options_;
  std::atomic<std::uint64_t> made_ = 0;  // bytes since a pass began
  // Of this run of the server.
  std::atomic<std::uint64_t> made_total_ = 0;
  std::atomic<std::uint64_t> blobs_total_ = 0;
  std::mutex mutex_;  // guards stopping_
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace muzn::server
