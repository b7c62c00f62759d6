// Ranges of leaves whose hashes are asked for, and how tiles give them. Values only: who has the
// tiles, wherever they lie, first asks which are needed, fetches them as it likes, and comes back.
#pragma once
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "merkle/hash.h"
#include "merkle/tile.h"

namespace muzn::merkle {

// Leaves [begin, end) as one tree of the recursion of RFC 6962: `begin` is a multiple of the
// smallest power of two that is at least end - begin.
struct Subtree {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  bool operator==(const Subtree&) const = default;
};

// The tiles that the hashes of `subtrees` come from, each once, as wide as they are in a tree of
// `size` leaves. REQUIRES that the subtrees are of a tree of at most `size` leaves.
std::vector<Tile> tiles_for(std::span<const Subtree> subtrees, std::uint64_t size);

// Tiles by where they lie; each may be wider than what was asked for.
class TileSet {
 public:
  // Errors: kCorrupt (not as long as its width says).
  Result<void> add(const Tile& tile, std::string bytes);
  // The hash of a subtree. Errors: kNotFound (a tile, or a hash in it, is missing).
  Result<Hash> hash_of(const Subtree& subtree) const;

 private:
  // Leaves [index << height, (index + 1) << height).
  Result<Hash> perfect(unsigned height, std::uint64_t index) const;

  std::map<std::pair<unsigned, std::uint64_t>, std::string> tiles_;  // level, index
};

}  // namespace muzn::merkle
