// Counts of durations in steps that grow with the duration, so that every percentile is known to
// within 1 % however long the tail is (after Gil Tene's HdrHistogram). Pure; for one thread.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace muzn {

class Histogram {
 public:
  void note(std::int64_t micros);
  void add(const Histogram& other);

  std::uint64_t count() const { return count_; }
  std::int64_t max() const { return max_; }
  // 0 when there is none.
  double mean() const;
  // The duration that the part `q` (0 to 1) of all does not exceed, at most 1 % too long, never
  // above max(); 0 when there is none.
  std::int64_t quantile(double q) const;

 private:
  std::vector<std::uint64_t> counts_;  // as long as the longest duration needs
  std::uint64_t count_ = 0;
  std::uint64_t sum_ = 0;
  std::int64_t max_ = 0;
};

}  // namespace muzn
