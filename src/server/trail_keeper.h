// The thread of trails: takes events from the journal each second, and delivers from time to time.
// What that is is trail/delivery.h's.
#pragma once
#include <chrono>
#include <cstdint>
#include <vector>

#include "server/log.h"
#include "server/metrics.h"
#include "server/trouble.h"
#include "server/worker.h"
#include "trail/delivery.h"

namespace muzn::server {

class TrailKeeper {
 public:
  // Borrowed.
  TrailKeeper(trail::Delivery& delivery, Log& log, std::int64_t period_seconds)
      : delivery_(delivery),
        log_(log),
        period_seconds_(period_seconds),
        collecting_(log, "events could not be taken from the journal",
                    "events are taken from the journal again"),
        delivering_(log, "trails could not be delivered", "trails are delivered again"),
        expiring_(log, "old events could not be dropped", "old events are dropped again") {}
  ~TrailKeeper() { stop(); }
  TrailKeeper(const TrailKeeper&) = delete;
  TrailKeeper& operator=(const TrailKeeper&) = delete;

  // REQUIRES that the delivery is open.
  void start();
  // Ends within a file. Idempotent.
  void stop();

  // Threads: safe.
  std::vector<Gauge> gauges() const;

 private:
  using Clock = std::chrono::steady_clock;

  void work();
  void deliver();

  trail::Delivery& delivery_;
  Log& log_;
  const std::int64_t period_seconds_;
  // Of the thread, as the next.
  Trouble collecting_;
  Trouble delivering_;
  Trouble expiring_;
  std::uint64_t stuck_told_ = 0;
  Worker worker_;  // the last: it ends before what it works with
};

}  // namespace muzn::server
