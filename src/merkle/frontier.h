// The right edge of a tree in the fewest hashes: for each bit of the size the perfect subtree that
// stands for it ("compact range"). Enough to grow a tree and to know its root.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "merkle/hash.h"

namespace muzn::merkle {

class Frontier {
 public:
  Frontier() = default;
  // The frontier of a tree of `size` leaves whose perfect subtrees are `peaks`, the largest first.
  // REQUIRES one for each bit of `size`.
  Frontier(std::uint64_t size, std::vector<Hash> peaks);

  std::uint64_t size() const { return size_; }
  Hash root() const;  // empty_root() without leaves

  // Adds a leaf. Calls on_node(height, hash) for each perfect subtree that it completes, the leaf
  // itself (height 0) first. REQUIRES size() < kSizeMax.
  template <class OnNode>
  void push(const Hash& leaf, OnNode on_node) {
    Hash hash = leaf;
    on_node(0U, hash);
    for (unsigned height = 0; (size_ >> height & 1U) != 0; ++height) {
      hash = node_hash(peaks_.back(), hash);
      peaks_.pop_back();
      on_node(height + 1, hash);
    }
    peaks_.push_back(hash);
    ++size_;
  }
  void push(const Hash& leaf) {
    push(leaf, [](unsigned, const Hash&) {});
  }

 private:
  std::uint64_t size_ = 0;
  std::vector<Hash> peaks_;
};

// Perfect subtrees that lie side by side, the last the smallest, as one. REQUIRES at least one.
Hash fold(std::span<const Hash> peaks);
// Of a tree with these leaves; empty_root() without any.
Hash root_of(std::span<const Hash> leaves);

}  // namespace muzn::merkle
