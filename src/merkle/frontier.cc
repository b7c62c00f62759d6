#include "merkle/frontier.h"

#include <bit>

namespace muzn::merkle {

Frontier::Frontier(std::uint64_t size, std::vector<Hash> peaks)
    : size_(size), peaks_(std::move(peaks)) {
  CHECK(static_cast<std::size_t>(std::popcount(size_)) == peaks_.size());
}

Hash Frontier::root() const {
  return peaks_.empty() ? empty_root() : fold(peaks_);
}

Hash fold(std::span<const Hash> peaks) {
  CHECK(!peaks.empty());
  Hash out = peaks.back();
  for (std::size_t i = peaks.size() - 1; i > 0; --i) out = node_hash(peaks[i - 1], out);
  return out;
}

Hash root_of(std::span<const Hash> leaves) {
  Frontier frontier;
  for (const Hash& leaf : leaves) frontier.push(leaf);
  return frontier.root();
}

}  // namespace muzn::merkle
