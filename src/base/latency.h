// Counts of how long things took, in fixed steps: for percentiles and Prometheus histograms.
#pragma once
#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace muzn {

struct LatencyCounts {
  // Upper ends, in seconds, that belong to their step. A sync takes 0.1 ms on a good SSD, 10 ms on
  // a hard disk.
  static constexpr std::array kBounds = {0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                         0.1,     0.25,   0.5,   1.0,    2.5,   5.0,  10.0};
  std::array<std::uint64_t, kBounds.size() + 1> steps{};  // the last: all above

  std::uint64_t total() const {
    std::uint64_t out = 0;
    for (const std::uint64_t count : steps) out += count;
    return out;
  }
  // The upper end of the step in which the part `q` (0 to 1) of all lies; 0 when there are none,
  // the last bound when it is above.
  double quantile(double q) const {
    const auto wanted = static_cast<std::uint64_t>(q * static_cast<double>(total()));
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < kBounds.size(); ++i) {
      sum += steps.at(i);
      if (sum > 0 && sum >= wanted) return kBounds.at(i);
    }
    return total() == 0 ? 0 : kBounds.back();
  }
};

// Threads: safe, no lock.
class Latency {
 public:
  void note(std::int64_t micros) {
    const double seconds = static_cast<double>(micros) / 1e6;
    const auto step =
        std::ranges::lower_bound(LatencyCounts::kBounds, seconds) - LatencyCounts::kBounds.begin();
    steps_.at(static_cast<std::size_t>(step)).fetch_add(1, std::memory_order_relaxed);
  }
  LatencyCounts counts() const {
    LatencyCounts out;
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      out.steps.at(i) = steps_.at(i).load(std::memory_order_relaxed);
    }
    return out;
  }

 private:
  std::array<std::atomic<std::uint64_t>, LatencyCounts::kBounds.size() + 1> steps_{};
};

}  // namespace muzn
