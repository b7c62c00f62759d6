// Where the hashes and entries of a tree lie: tiles of up to 256 (c2sp.org/tlog-tiles).
//
// A tile at level l holds the hashes of 256^l leaves each, 256 of them when it is full; hash i of
// tile n stands for leaves [(256 n + i) 256^l, (256 n + i + 1) 256^l). Entries have bundles, which
// are cut as the tiles of level 0 are. Only the last tile of a level may be partial; none is empty.
#pragma once
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "merkle/decimal.h"

namespace muzn::merkle {

inline constexpr unsigned kTileWidth = 256;
inline constexpr unsigned kTileHeight = 8;  // levels of the tree that a tile spans
inline constexpr unsigned kLevels = 8;      // of tiles that a tree of up to kSizeMax leaves has
inline constexpr unsigned kLevelMax = 63;   // that a path can name

struct Tile {
  enum class Kind : std::uint8_t { kHashes, kEntries };
  Kind kind = Kind::kHashes;
  unsigned level = 0;  // 0 for entries
  std::uint64_t index = 0;
  unsigned width = kTileWidth;  // 1 to kTileWidth
  bool is_full() const { return width == kTileWidth; }
  auto operator<=>(const Tile&) const = default;
};

// "tile/0/x001/x234/067", "tile/1/000.p/17", "tile/entries/000". REQUIRES a level, an index and a
// width in their ranges.
std::string path_of(const Tile& tile);
// Takes exactly what path_of() makes. Errors: kInvalid.
Result<Tile> parse_tile_path(std::string_view path);

// How many hashes level `level` has in a tree of `size` leaves.
std::uint64_t hashes_at(unsigned level, std::uint64_t size);
// Of the partial tile at `level`; 0 = there is none.
unsigned partial_width(unsigned level, std::uint64_t size);
// The width that tile `index` of `level` has in a tree of `size` leaves; 0 = it has no such tile.
unsigned width_in(unsigned level, std::uint64_t index, std::uint64_t size);
// Whether a tree of `size` leaves has the tile, at its full width there or narrower.
bool is_within(const Tile& tile, std::uint64_t size);

// A run of tiles of one level: all full but perhaps the last.
struct TileRun {
  unsigned level = 0;
  std::uint64_t first = 0;
  std::uint64_t last = 0;  // inclusive
  unsigned last_width = kTileWidth;
  bool operator==(const TileRun&) const = default;
};
// The tiles of hashes that growing from `from` to `to` leaves writes, from level 0 upwards; one run
// a level. Those of level 0 are also the bundles of entries that it writes.
// REQUIRES from <= to <= kSizeMax.
std::vector<TileRun> plan_growth(std::uint64_t from, std::uint64_t to);

// The partial tiles of hashes of a tree of `size` leaves, from level 0 upwards: its right edge,
// from which it grows.
std::vector<Tile> edge_of(std::uint64_t size);

}  // namespace muzn::merkle
