#include "blob/placement.h"

#include <algorithm>

namespace muzn::blob {
namespace {

// Weights count MiB, so that their sum over 256 volumes can't overflow. Never 0, so that a volume
// with little room is still one.
std::uint64_t weight(const Candidate& candidate, std::uint64_t size) {
  if (candidate.room == 0 || candidate.room < size) return 0;
  return (candidate.room >> 20U) + 1;
}

}  // namespace

std::uint8_t choose_volume(std::span<const Candidate> candidates, std::uint64_t size,
                           std::uint64_t random) {
  if (candidates.empty()) return 0;
  std::uint64_t total = 0;
  for (const Candidate& one : candidates) total += weight(one, size);
  if (total == 0) return std::ranges::max_element(candidates, {}, &Candidate::room)->volume;
  std::uint64_t left = random % total;
  for (const Candidate& one : candidates) {
    const std::uint64_t own = weight(one, size);
    if (left < own) return one.volume;
    left -= own;
  }
  return candidates.back().volume;
}

}  // namespace muzn::blob
