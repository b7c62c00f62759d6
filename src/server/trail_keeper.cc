#include "server/trail_keeper.h"

#include <chrono>
#include <string>

namespace muzn::server {
namespace {

constexpr auto kCollectPause = std::chrono::seconds(1);
constexpr auto kExpirePause = std::chrono::hours(1);

}  // namespace

void TrailKeeper::start() {
  worker_.start([this] { work(); });
}

void TrailKeeper::stop() {
  worker_.stop();
}

void TrailKeeper::work() {
  // The first delivery is not at once: a server that starts again and again would do nothing else.
  auto deliver_due = Clock::now() + std::chrono::seconds(period_seconds_);
  auto expire_due = Clock::now();
  while (worker_.pause(kCollectPause)) {
    collecting_.tell(run_sync(delivery_.collect()));
    if (Clock::now() >= deliver_due) {
      deliver_due = Clock::now() + std::chrono::seconds(period_seconds_);
      deliver();
    }
    if (Clock::now() >= expire_due) {
      expire_due = Clock::now() + kExpirePause;
      expiring_.tell(run_sync(delivery_.expire()));
    }
  }
}

void TrailKeeper::deliver() {
  delivering_.tell(run_sync(delivery_.deliver()));
  const std::uint64_t stuck = delivery_.figures().trails_stuck;
  if (stuck > stuck_told_) {
    log_.warn("trails can't be delivered to their buckets: see GetTrailStatus",
              {{"trails", std::to_string(stuck)}});
  }
  stuck_told_ = stuck;
}

std::vector<Gauge> TrailKeeper::gauges() const {
  const trail::DeliveryFigures figures = delivery_.figures();
  const auto number = [](std::uint64_t value) { return static_cast<double>(value); };
  return {
      {"muzn_trail_events_waiting", "Events that wait for their trail's next file.", "gauge",
       number(figures.events_waiting)},
      {"muzn_trail_events_lost", "Events that trails had no room for, or that did not read.",
       "gauge", number(figures.events_lost)},
      {"muzn_trail_files_total", "Log files delivered to buckets.", "counter",
       number(figures.files)},
      {"muzn_trail_digests_total", "Digest files delivered to buckets.", "counter",
       number(figures.digests)},
      {"muzn_trail_stuck", "Trails whose last delivery failed.", "gauge",
       number(figures.trails_stuck)},
  };
}

}  // namespace muzn::server
