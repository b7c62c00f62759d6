#include "merkle/growth.h"

#include <bit>

namespace muzn::merkle {
namespace {

constexpr std::size_t kTileBytes = std::size_t{kTileWidth} * kHashBytes;

// Appends the perfect subtrees that the hashes of a partial tile make up, the largest first.
void add_peaks(std::vector<Hash>& peaks, std::string_view hashes) {
  const std::size_t width = hashes.size() / kHashBytes;
  std::size_t at = 0;
  for (std::size_t span = std::bit_floor(width); span > 0; span /= 2) {
    if ((width & span) == 0) continue;
    Frontier subtree;
    for (std::size_t i = at; i < at + span; ++i) {
      subtree.push(hash_from_bytes(hashes.substr(i * kHashBytes, kHashBytes)));
    }
    peaks.push_back(subtree.root());
    at += span;
  }
}

}  // namespace

Result<Growth> Growth::resume(std::uint64_t size, std::span<const std::string> edge) {
  const std::vector<Tile> tiles = edge_of(size);
  if (tiles.size() != edge.size()) return fail(Code::kCorrupt, "a tree without all of its edge");
  Growth out;
  std::vector<Hash> peaks;
  for (std::size_t i = tiles.size(); i > 0; --i) {  // the highest level first: the largest subtrees
    const Tile& tile = tiles[i - 1];
    const std::string& bytes = edge[i - 1];
    if (bytes.size() != tile.width * kHashBytes) {
      return fail(Code::kCorrupt, "a tile of a wrong size: " + path_of(tile));
    }
    add_peaks(peaks, bytes);
    out.partial_[tile.level] = bytes;
  }
  out.frontier_ = Frontier(size, std::move(peaks));
  return out;
}

std::vector<std::string> Growth::edge() const {
  std::vector<std::string> out;
  for (const Tile& tile : edge_of(size())) out.push_back(partial_[tile.level]);
  return out;
}

std::vector<TileBytes> Growth::append(std::span<const Hash> leaves) {
  CHECK(leaves.size() <= kSizeMax - size());
  const std::uint64_t before = size();
  std::array<std::vector<TileBytes>, kLevels> full;
  for (const Hash& leaf : leaves) {
    frontier_.push(leaf, [&](unsigned height, const Hash& hash) {
      if (height % kTileHeight != 0) return;
      const unsigned level = height / kTileHeight;
      std::string& partial = partial_[level];
      partial.append(hash.view());
      if (partial.size() < kTileBytes) return;
      const std::uint64_t first = hashes_at(level, before) / kTileWidth;
      full[level].push_back({{.level = level, .index = first + full[level].size()}, partial});
      partial.clear();
    });
  }
  std::vector<TileBytes> out;
  for (unsigned level = 0; level < kLevels; ++level) {
    const std::uint64_t hashes = hashes_at(level, size());
    if (hashes == hashes_at(level, before)) break;
    for (TileBytes& tile : full[level]) out.push_back(std::move(tile));
    if (partial_[level].empty()) continue;
    out.push_back({{.level = level,
                    .index = hashes / kTileWidth,
                    .width = static_cast<unsigned>(hashes % kTileWidth)},
                   partial_[level]});
  }
  return out;
}

}  // namespace muzn::merkle
