#include "base/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace muzn {
namespace {

// Each power of two from 128 on has so many steps, so a step is at most 1/128 of its values wide.
constexpr std::size_t kSteps = 128;

std::size_t step_of(std::uint64_t value) {
  const auto width = static_cast<std::size_t>(std::bit_width(value | 1));
  const std::size_t shift = width > 8 ? width - 8 : 0;
  return shift * kSteps + static_cast<std::size_t>(value >> shift);
}

// The highest value of a step.
std::uint64_t end_of(std::size_t step) {
  const std::size_t shift = step < 2 * kSteps ? 0 : step / kSteps - 1;
  return ((static_cast<std::uint64_t>(step - shift * kSteps) + 1) << shift) - 1;
}

}  // namespace

void Histogram::note(std::int64_t micros) {
  micros = std::max<std::int64_t>(micros, 0);
  const std::size_t step = step_of(static_cast<std::uint64_t>(micros));
  if (step >= counts_.size()) counts_.resize(step + 1);
  ++counts_[step];
  ++count_;
  sum_ += static_cast<std::uint64_t>(micros);
  max_ = std::max(max_, micros);
}

void Histogram::add(const Histogram& other) {
  if (other.counts_.size() > counts_.size()) counts_.resize(other.counts_.size());
  for (std::size_t i = 0; i < other.counts_.size(); ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  sum_ += other.sum_;
  max_ = std::max(max_, other.max_);
}

double Histogram::mean() const {
  return count_ == 0 ? 0 : static_cast<double>(sum_) / static_cast<double>(count_);
}

std::int64_t Histogram::quantile(double q) const {
  if (count_ == 0) return 0;
  const double wanted = std::ceil(std::clamp(q, 0.0, 1.0) * static_cast<double>(count_));
  const auto rank = std::max<std::uint64_t>(static_cast<std::uint64_t>(wanted), 1);
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    below += counts_[i];
    if (below >= rank) return std::min(static_cast<std::int64_t>(end_of(i)), max_);
  }
  return max_;
}

}  // namespace muzn
