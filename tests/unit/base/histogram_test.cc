#include "base/histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace muzn {
namespace {

TEST(Histogram, HasNothingToSayOfNothing) {
  const Histogram empty;
  EXPECT_EQ(empty.count(), 0U);
  EXPECT_EQ(empty.quantile(0.5), 0);
  EXPECT_EQ(empty.mean(), 0);
}

TEST(Histogram, SmallDurationsAreExact) {
  Histogram histogram;
  for (int i = 1; i <= 200; ++i) histogram.note(i);
  EXPECT_EQ(histogram.quantile(0), 1);
  EXPECT_EQ(histogram.quantile(0.5), 100);
  EXPECT_EQ(histogram.quantile(0.99), 198);
  EXPECT_EQ(histogram.quantile(1), 200);
  EXPECT_EQ(histogram.max(), 200);
  EXPECT_DOUBLE_EQ(histogram.mean(), 100.5);
}

TEST(Histogram, EveryPercentileIsWithinOnePerCent) {
  Histogram histogram;
  std::vector<std::int64_t> all;
  for (double value = 1; value < 4e9; value *= 1.01) {
    all.push_back(static_cast<std::int64_t>(value));
    histogram.note(all.back());
  }
  for (const double q : {0.01, 0.1, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    const auto rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(all.size())));
    const auto exact = static_cast<double>(all[std::max<std::size_t>(rank, 1) - 1]);
    const auto told = static_cast<double>(histogram.quantile(q));
    EXPECT_GE(told, exact) << q;
    EXPECT_LE(told, exact * 1.01 + 1) << q;
  }
}

TEST(Histogram, OneDurationIsItsEveryPercentile) {
  for (const std::int64_t value : {0L, 1L, 127L, 128L, 255L, 256L, 257L, 1'000'003L, 1L << 40}) {
    Histogram histogram;
    histogram.note(value);
    EXPECT_EQ(histogram.quantile(0), value);
    EXPECT_EQ(histogram.quantile(1), value);
  }
}

TEST(Histogram, AddsUp) {
  Histogram a;
  Histogram b;
  Histogram both;
  for (int i = 0; i < 1000; ++i) {
    (i % 3 == 0 ? a : b).note(i * i);
    both.note(i * i);
  }
  a.add(b);
  EXPECT_EQ(a.count(), both.count());
  EXPECT_EQ(a.max(), both.max());
  for (const double q : {0.1, 0.5, 0.99}) EXPECT_EQ(a.quantile(q), both.quantile(q));
  EXPECT_DOUBLE_EQ(a.mean(), both.mean());
}

TEST(Histogram, AClockThatWentBackIsNoTime) {
  Histogram histogram;
  histogram.note(-5);
  EXPECT_EQ(histogram.max(), 0);
  EXPECT_EQ(histogram.count(), 1U);
}

}  // namespace
}  // namespace muzn
