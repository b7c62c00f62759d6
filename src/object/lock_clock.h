// The time that locks go by. A wall clock can be set, by mistake or to be rid of a lock; so this
// one never goes back, never runs ahead of the wall clock, and while it is behind it gains on it no
// faster than time is seen to pass. A store that was off, or whose clock leapt, holds its locks
// longer for a while; it never lets one go early.
#pragma once
#include <cstdint>
#include <mutex>

#include "base/time.h"

namespace muzn::object {

// One look at both clocks.
struct LockMoment {
  Time time;                      // what locks go by
  std::int64_t monotonic_us = 0;  // of the same look
};
// The next look: at most two seconds later for each second that passed, and `wall` at the latest.
LockMoment advance(const LockMoment& last, Time wall, std::int64_t monotonic_us);

// Threads: safe.
class LockClock {
 public:
  // Goes on from `last`, which an earlier run kept. `clock` must outlive it.
  LockClock(const Clock& clock, Time last);
  Time now();
  // From when a new retention counts: a wall clock that was set back makes none shorter.
  Time begin();

 private:
  const Clock& clock_;
  std::mutex mutex_;
  LockMoment last_;
};

}  // namespace muzn::object
