#include "merkle/subtree.h"

#include <bit>
#include <set>

#include "merkle/frontier.h"

namespace muzn::merkle {
namespace {

// A perfect subtree: leaves [index << height, (index + 1) << height).
struct Perfect {
  unsigned height = 0;
  std::uint64_t index = 0;
};

// Those that make up `subtree`, the largest first.
std::vector<Perfect> parts_of(const Subtree& subtree) {
  CHECK(subtree.begin < subtree.end && subtree.end <= kSizeMax);
  std::vector<Perfect> out;
  std::uint64_t at = subtree.begin;
  while (at < subtree.end) {
    const std::uint64_t leaves = std::bit_floor(subtree.end - at);
    CHECK((at & (leaves - 1)) == 0);
    const auto height = static_cast<unsigned>(std::countr_zero(leaves));
    out.push_back({height, at >> height});
    at += leaves;
  }
  return out;
}

// Where the hashes that make up a perfect subtree lie: `count` of them in one tile.
struct Place {
  unsigned level = 0;
  std::uint64_t tile = 0;
  std::size_t first = 0;
  std::size_t count = 0;
};

Place place_of(const Perfect& part) {
  const unsigned level = part.height / kTileHeight;
  const unsigned inside = part.height % kTileHeight;
  const std::uint64_t first = part.index << inside;
  return {level, first / kTileWidth, static_cast<std::size_t>(first % kTileWidth),
          std::size_t{1} << inside};
}

}  // namespace

std::vector<Tile> tiles_for(std::span<const Subtree> subtrees, std::uint64_t size) {
  std::set<Tile> tiles;
  for (const Subtree& subtree : subtrees) {
    CHECK(subtree.end <= size);
    for (const Perfect& part : parts_of(subtree)) {
      const Place place = place_of(part);
      tiles.insert({.level = place.level,
                    .index = place.tile,
                    .width = width_in(place.level, place.tile, size)});
    }
  }
  return {tiles.begin(), tiles.end()};
}

Result<void> TileSet::add(const Tile& tile, std::string bytes) {
  if (bytes.size() != tile.width * kHashBytes) {
    return fail(Code::kCorrupt, "a tile of a wrong size: " + path_of(tile));
  }
  tiles_.insert_or_assign({tile.level, tile.index}, std::move(bytes));
  return {};
}

Result<Hash> TileSet::perfect(unsigned height, std::uint64_t index) const {
  const Place place = place_of({height, index});
  const auto found = tiles_.find({place.level, place.tile});
  if (found == tiles_.end() || found->second.size() < (place.first + place.count) * kHashBytes) {
    return fail(Code::kNotFound, "no tile for a hash");
  }
  const std::string_view hashes = found->second;
  Frontier subtree;
  for (std::size_t i = place.first; i < place.first + place.count; ++i) {
    subtree.push(hash_from_bytes(hashes.substr(i * kHashBytes, kHashBytes)));
  }
  return subtree.root();
}

Result<Hash> TileSet::hash_of(const Subtree& subtree) const {
  std::vector<Hash> peaks;
  for (const Perfect& part : parts_of(subtree)) {
    TRY(const Hash hash, perfect(part.height, part.index));
    peaks.push_back(hash);
  }
  return fold(peaks);
}

}  // namespace muzn::merkle
