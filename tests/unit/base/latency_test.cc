#include "base/latency.h"

#include <gtest/gtest.h>

namespace muzn {
namespace {

TEST(Latency, CountsInStepsWhoseUpperEndBelongsToThem) {
  Latency latency;
  EXPECT_EQ(latency.counts().total(), 0U);
  EXPECT_EQ(latency.counts().quantile(0.99), 0);
  for (const std::int64_t micros : {0, 250, 251, 1000, 20'000'000}) latency.note(micros);
  const LatencyCounts counts = latency.counts();
  EXPECT_EQ(counts.total(), 5U);
  EXPECT_EQ(counts.steps.at(0), 2U);
  EXPECT_EQ(counts.steps.at(1), 1U);
  EXPECT_EQ(counts.steps.at(2), 1U);
  EXPECT_EQ(counts.steps.back(), 1U);
}

TEST(Latency, QuantilesAreTheUpperEndOfTheirStep) {
  Latency latency;
  for (int i = 0; i < 98; ++i) latency.note(900);
  latency.note(40'000);
  latency.note(400'000);
  const LatencyCounts counts = latency.counts();
  EXPECT_EQ(counts.quantile(0.5), 0.001);
  EXPECT_EQ(counts.quantile(0.98), 0.001);
  EXPECT_EQ(counts.quantile(0.99), 0.05);
  EXPECT_EQ(counts.quantile(1), 0.5);
  latency.note(60'000'000);
  EXPECT_EQ(latency.counts().quantile(1), 10.0);
}

}  // namespace
}  // namespace muzn
