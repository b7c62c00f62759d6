#include "merkle/proof.h"

#include <algorithm>
#include <bit>

namespace muzn::merkle {
namespace {

// Where RFC 6962 splits a tree of more than one leaf: the largest power of two below `leaves`.
std::uint64_t split_of(std::uint64_t leaves) {
  return std::bit_floor(leaves - 1);
}

bool is_odd(std::uint64_t value) {
  return (value & 1U) != 0;
}

// The two numbers of RFC 9162's loops: of a node and of the last node, at one height.
struct Walk {
  std::uint64_t node = 0;
  std::uint64_t last = 0;

  void up() {
    node >>= 1U;
    last >>= 1U;
  }
  bool is_right() const { return is_odd(node) || node == last; }
  // From a node at the right edge to the next one that is a right child.
  void skip_left_edges() {
    while (!is_odd(node) && node != 0) up();
  }
};

}  // namespace

std::vector<Subtree> plan_inclusion(std::uint64_t index, std::uint64_t size) {
  CHECK(index < size && size <= kSizeMax);
  std::vector<Subtree> out;
  Subtree tree{0, size};
  while (tree.end - tree.begin > 1) {
    const std::uint64_t middle = tree.begin + split_of(tree.end - tree.begin);
    if (index < middle) {
      out.push_back({middle, tree.end});
      tree.end = middle;
    } else {
      out.push_back({tree.begin, middle});
      tree.begin = middle;
    }
  }
  std::ranges::reverse(out);
  return out;
}

std::vector<Subtree> plan_consistency(std::uint64_t from, std::uint64_t to) {
  CHECK(from <= to && to <= kSizeMax);
  std::vector<Subtree> out;
  if (from == 0 || from == to) return out;
  Subtree tree{0, to};
  while (tree.end != from) {
    const std::uint64_t middle = tree.begin + split_of(tree.end - tree.begin);
    if (from <= middle) {
      out.push_back({middle, tree.end});
      tree.end = middle;
    } else {
      out.push_back({tree.begin, middle});
      tree.begin = middle;
    }
  }
  // What is left is a subtree of both trees; the verifier knows it when it is all of the old one.
  if (tree.begin != 0) out.push_back(tree);
  std::ranges::reverse(out);
  return out;
}

Result<Proof> assemble(std::span<const Subtree> plan, const TileSet& tiles) {
  Proof out;
  for (const Subtree& subtree : plan) {
    TRY(const Hash hash, tiles.hash_of(subtree));
    out.push_back(hash);
  }
  return out;
}

bool verify_inclusion(std::uint64_t index, std::uint64_t size, const Hash& leaf,
                      std::span<const Hash> proof, const Hash& root) {
  if (index >= size || size > kSizeMax) return false;
  Walk walk{index, size - 1};
  Hash hash = leaf;
  for (const Hash& sibling : proof) {
    if (walk.last == 0) return false;
    if (walk.is_right()) {
      hash = node_hash(sibling, hash);
      walk.skip_left_edges();
    } else {
      hash = node_hash(hash, sibling);
    }
    walk.up();
  }
  return walk.last == 0 && hash == root;
}

bool verify_consistency(std::uint64_t from, std::uint64_t to, const Hash& from_root,
                        const Hash& to_root, std::span<const Hash> proof) {
  if (from > to || to > kSizeMax) return false;
  if (from == 0 && from_root != empty_root()) return false;
  if (from == to) return proof.empty() && from_root == to_root;
  if (from == 0) return proof.empty();
  if (proof.empty()) return false;
  Walk walk{from - 1, to - 1};
  while (is_odd(walk.node)) walk.up();
  const bool is_whole = std::has_single_bit(from);  // then the old root itself begins the proof
  Hash old_hash = is_whole ? from_root : proof.front();
  Hash new_hash = old_hash;
  for (const Hash& sibling : proof.subspan(is_whole ? 0 : 1)) {
    if (walk.last == 0) return false;
    if (walk.is_right()) {
      old_hash = node_hash(sibling, old_hash);
      new_hash = node_hash(sibling, new_hash);
      walk.skip_left_edges();
    } else {
      new_hash = node_hash(new_hash, sibling);
    }
    walk.up();
  }
  return walk.last == 0 && old_hash == from_root && new_hash == to_root;
}

}  // namespace muzn::merkle
