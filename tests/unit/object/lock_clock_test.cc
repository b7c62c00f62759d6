#include "object/lock_clock.h"

#include <gtest/gtest.h>

#include <chrono>

namespace muzn::object::test {
namespace {

using std::chrono::days;
using std::chrono::seconds;

constexpr Time kStart = from_seconds(1'000'000'000);
constexpr std::int64_t kSecond = 1'000'000;  // microseconds

// Both clocks, each set as a test likes.
class TwoClocks final : public Clock {
 public:
  Time now() const override { return wall; }
  std::int64_t monotonic_micros() const override { return passed; }
  void pass(seconds time) {
    wall += time;
    passed += time / std::chrono::microseconds(1);
  }

  Time wall = kStart;
  std::int64_t passed = 0;
};

TEST(LockClock, GoesWithTheWallClock) {
  TwoClocks clocks;
  LockClock locks(clocks, kStart);
  EXPECT_EQ(locks.now(), kStart);
  clocks.pass(days(30));
  EXPECT_EQ(locks.now(), clocks.wall);
}

TEST(LockClock, ALeapOfTheWallClockEndsNoLock) {
  TwoClocks clocks;
  LockClock locks(clocks, kStart);
  clocks.wall += days(3650);
  EXPECT_EQ(locks.now(), kStart);
  clocks.passed += 10 * kSecond;
  EXPECT_EQ(locks.now(), kStart + seconds(20));  // the faster, as after a long pause
}

TEST(LockClock, LooksDoNotAddUp) {
  TwoClocks clocks;
  LockClock locks(clocks, kStart);
  clocks.wall += days(1);
  for (int i = 0; i < 1000; ++i) {
    clocks.passed += kSecond / 1000;
    static_cast<void>(locks.now());
  }
  EXPECT_EQ(locks.now(), kStart + seconds(2));
}

TEST(LockClock, NeverGoesBack) {
  TwoClocks clocks;
  LockClock locks(clocks, kStart);
  clocks.wall -= days(1);
  clocks.passed += kSecond;
  EXPECT_EQ(locks.now(), kStart);
  EXPECT_EQ(locks.begin(), kStart);  // a new retention is not cut short by a clock set back
  clocks.wall = kStart + seconds(1);
  clocks.passed += kSecond;
  EXPECT_EQ(locks.now(), kStart + seconds(1));
}

TEST(LockClock, NewRetentionsCountFromTheWallClock) {
  TwoClocks clocks;
  LockClock locks(clocks, kStart - days(7));
  EXPECT_EQ(locks.begin(), kStart);
}

TEST(LockClock, AStoreThatWasOffCatchesUp) {
  TwoClocks clocks;
  LockClock locks(clocks, kStart - seconds(100));
  EXPECT_EQ(locks.now(), kStart - seconds(100));
  clocks.pass(seconds(50));
  EXPECT_EQ(locks.now(), kStart);
  clocks.pass(seconds(60));
  EXPECT_EQ(locks.now(), clocks.wall);
}

TEST(LockClock, AMonotonicClockThatGoesBackIsNoTimePassed) {
  const LockMoment last{.time = kStart, .monotonic_us = 5 * kSecond};
  EXPECT_EQ(advance(last, kStart + days(1), kSecond).time, kStart);
}

}  // namespace
}  // namespace muzn::object::test
