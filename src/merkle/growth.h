// Grows a tree by batches of leaves, and says which tiles that writes.
#pragma once
#include <array>
#include <span>
#include <string>
#include <vector>

#include "merkle/frontier.h"
#include "merkle/tile.h"

namespace muzn::merkle {

struct TileBytes {
  Tile tile;
  std::string bytes;  // kHashBytes for each of its width
};

// A tree as far as appending needs it: its partial tiles, at most 8 KiB a level. A value: who must
// be able to take a batch back grows a copy.
class Growth {
 public:
  Growth() = default;
  // A tree of `size` leaves, from the bytes of the tiles of edge_of(size), in that order.
  // Errors: kCorrupt (tiles of other sizes).
  static Result<Growth> resume(std::uint64_t size, std::span<const std::string> edge);

  std::uint64_t size() const { return frontier_.size(); }
  Hash root() const { return frontier_.root(); }

  // From which resume() goes on: the bytes of the tiles of edge_of(size()).
  std::vector<std::string> edge() const;

  // Appends leaves; returns every tile of hashes that is new or wider now, in order of level and
  // index: those of plan_growth(). REQUIRES size() + leaves.size() <= kSizeMax.
  std::vector<TileBytes> append(std::span<const Hash> leaves);

 private:
  Frontier frontier_;
  std::array<std::string, kLevels> partial_;  // the hashes of each level's partial tile
};

}  // namespace muzn::merkle
