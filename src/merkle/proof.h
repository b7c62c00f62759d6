// Proofs of RFC 6962 section 2.1, made and verified.
//
// Making one: plan it, fetch tiles_for() the plan, put them into a TileSet, and assemble. Verifying
// takes the loops of RFC 9162 (2.1.3.2 and 2.1.4.2), which need nothing but the proof.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "merkle/hash.h"
#include "merkle/subtree.h"

namespace muzn::merkle {

using Proof = std::vector<Hash>;
inline constexpr std::size_t kProofHashesMax = 63;  // of a tree of kSizeMax leaves

// From the leaf's sibling up to the root's child. REQUIRES index < size <= kSizeMax.
std::vector<Subtree> plan_inclusion(std::uint64_t index, std::uint64_t size);
// REQUIRES from <= to <= kSizeMax. Empty for 0 and for equal sizes.
std::vector<Subtree> plan_consistency(std::uint64_t from, std::uint64_t to);
// Errors: kNotFound (a tile is missing).
Result<Proof> assemble(std::span<const Subtree> plan, const TileSet& tiles);

// That `leaf` is number `index` of the tree of `size` leaves with this root.
[[nodiscard]] bool verify_inclusion(std::uint64_t index, std::uint64_t size, const Hash& leaf,
                                    std::span<const Hash> proof, const Hash& root);
// That the tree of `to` leaves begins with the one of `from`. Every tree begins with the empty one,
// whose root must be empty_root().
[[nodiscard]] bool verify_consistency(std::uint64_t from, std::uint64_t to, const Hash& from_root,
                                      const Hash& to_root, std::span<const Hash> proof);

}  // namespace muzn::merkle
