#include "server/scrub_pace.h"

#include <gtest/gtest.h>

namespace muzn::server {
namespace {

constexpr std::uint64_t kMiB = 1U << 20;
constexpr std::int64_t kSecond = 1'000'000;

// Bytes that a worker gets done in `micros`, when it waits as it is told and its work takes
// `work_micros` a step.
std::uint64_t done_in(ScrubPace& pace, std::int64_t micros, bool busy, std::int64_t work_micros) {
  std::uint64_t done = 0;
  for (std::int64_t now = 10 * kSecond; now < 10 * kSecond + micros;) {
    done += kMiB / 4;
    now += work_micros;
    now += pace.spend(kMiB / 4, busy, now);
  }
  return done;
}

TEST(ScrubPace, KeepsTheRate) {
  ScrubPace pace(32 * kMiB);
  EXPECT_NEAR(static_cast<double>(done_in(pace, 10 * kSecond, false, 1000)), 320.0 * kMiB,
              4.0 * kMiB);
}

TEST(ScrubPace, GoesAnEighthWhileClientsWait) {
  ScrubPace pace(32 * kMiB);
  EXPECT_NEAR(static_cast<double>(done_in(pace, 10 * kSecond, true, 1000)), 40.0 * kMiB,
              2.0 * kMiB);
}

TEST(ScrubPace, ASlowDiskIsNotMadeUpFor) {
  ScrubPace pace(32 * kMiB);
  done_in(pace, 10 * kSecond, false, 100'000);  // 2.5 MiB/s
  // Then it is fast again: no more than the burst comes at once.
  std::uint64_t at_once = 0;
  const std::int64_t now = 30 * kSecond;
  while (pace.spend(kMiB / 4, false, now) == 0) at_once += kMiB / 4;
  EXPECT_LE(at_once, 32 * kMiB * ScrubPace::kBurstMicros / kSecond);
}

TEST(ScrubPace, AfterAPauseNothingIsOwed) {
  ScrubPace pace(kMiB);
  EXPECT_GT(pace.spend(kMiB, false, kSecond), 0);
  EXPECT_EQ(pace.spend(0, false, 10 * kSecond), 0);
}

TEST(ScrubPace, OneStepIsPaidInFull) {
  ScrubPace pace(kMiB);
  EXPECT_EQ(pace.spend(kMiB, false, 100 * kSecond), kSecond - ScrubPace::kBurstMicros);
  EXPECT_EQ(pace.spend(kMiB, true, 100 * kSecond), 9 * kSecond - ScrubPace::kBurstMicros);
}

}  // namespace
}  // namespace muzn::server
