#include "tlog/files.h"

#include "merkle/bundle.h"

namespace muzn::tlog {
namespace {

using merkle::Tile;

constexpr std::size_t kTileBytes = std::size_t{merkle::kTileWidth} * merkle::kHashBytes;

}  // namespace

bool is_fault(Code code) {
  return code == Code::kNotFound || code == Code::kInvalid || code == Code::kDenied ||
         code == Code::kLimit || code == Code::kCorrupt;
}

Result<std::string> fetch_tile(FileSource& source, const Tile& tile) {
  const bool is_entries = tile.kind == Tile::Kind::kEntries;
  const std::size_t limit = is_entries ? merkle::kBundleBytesMax : kTileBytes;
  auto bytes = source.fetch(merkle::path_of(tile), limit);
  if (bytes || tile.is_full() || bytes.error().code != Code::kNotFound) return bytes;
  Tile full = tile;
  full.width = merkle::kTileWidth;
  auto wider = source.fetch(merkle::path_of(full), limit);
  if (!wider) return bytes;
  if (!is_entries) return wider->substr(0, tile.width * merkle::kHashBytes);
  TRY(const std::string_view narrow, merkle::narrow_bundle(*wider, tile.width));
  return std::string(narrow);
}

Result<merkle::Proof> fetch_proof(FileSource& source, const std::vector<merkle::Subtree>& plan,
                                  std::uint64_t size) {
  merkle::TileSet tiles;
  for (const Tile& tile : merkle::tiles_for(plan, size)) {
    TRY(std::string bytes, fetch_tile(source, tile));
    TRY_VOID(tiles.add(tile, std::move(bytes)));
  }
  return merkle::assemble(plan, tiles);
}

}  // namespace muzn::tlog
