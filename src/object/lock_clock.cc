#include "object/lock_clock.h"

#include <algorithm>
#include <chrono>

namespace muzn::object {

LockMoment advance(const LockMoment& last, Time wall, std::int64_t monotonic_us) {
  const std::int64_t passed = std::max<std::int64_t>(monotonic_us - last.monotonic_us, 0);
  const Time furthest = last.time + std::chrono::microseconds(2 * passed);
  return {.time = std::max(last.time, std::min(wall, furthest)), .monotonic_us = monotonic_us};
}

LockClock::LockClock(const Clock& clock, Time last)
    : clock_(clock), last_{.time = last, .monotonic_us = clock.monotonic_micros()} {}

Time LockClock::now() {
  const std::scoped_lock lock(mutex_);
  last_ = advance(last_, clock_.now(), clock_.monotonic_micros());
  return last_.time;
}

Time LockClock::begin() {
  return std::max(now(), clock_.now());
}

}  // namespace muzn::object
