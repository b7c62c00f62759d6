#include "merkle/tile.h"

#include <fmt/format.h>

#include <algorithm>

namespace muzn::merkle {
namespace {

constexpr std::uint64_t kGroup = 1000;  // of an index: three digits an element of the path

std::unexpected<Error> bad_path(const char* what) {
  return fail(Code::kInvalid, std::string("tile path: ") + what);
}

bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

std::string index_path(std::uint64_t index) {
  std::string out = fmt::format("{:03}", index % kGroup);
  for (index /= kGroup; index > 0; index /= kGroup) {
    out = fmt::format("x{:03}/{}", index % kGroup, out);
  }
  return out;
}

// Consumes three digits.
bool take_group(std::string_view& text, std::uint64_t& value) {
  if (text.size() < 3) return false;
  std::uint64_t group = 0;
  for (const char c : text.substr(0, 3)) {
    if (c < '0' || c > '9') return false;
    group = group * 10 + static_cast<std::uint64_t>(c - '0');
  }
  if (value > (kSizeMax - group) / kGroup) return false;
  value = value * kGroup + group;
  text.remove_prefix(3);
  return true;
}

Result<std::uint64_t> take_index(std::string_view& text) {
  std::uint64_t value = 0;
  bool is_first = true;
  while (take(text, "x")) {
    if (!take_group(text, value) || !take(text, "/")) return bad_path("index is not in groups");
    if (is_first && value == 0) return bad_path("index with a group of zeros in front");
    is_first = false;
  }
  if (!take_group(text, value)) return bad_path("index is not in groups, or too large");
  return value;
}

}  // namespace

std::string path_of(const Tile& tile) {
  CHECK(tile.level <= kLevelMax && tile.index <= kSizeMax);
  CHECK(tile.width > 0 && tile.width <= kTileWidth);
  const bool has_level = tile.kind == Tile::Kind::kHashes;
  std::string out = has_level ? fmt::format("tile/{}/", tile.level) : "tile/entries/";
  out += index_path(tile.index);
  if (!tile.is_full()) out += fmt::format(".p/{}", tile.width);
  return out;
}

Result<Tile> parse_tile_path(std::string_view path) {
  Tile tile;
  if (!take(path, "tile/")) return bad_path("does not begin with tile/");
  if (take(path, "entries/")) {
    tile.kind = Tile::Kind::kEntries;
  } else {
    const auto slash = path.find('/');
    if (slash == std::string_view::npos) return bad_path("no index");
    TRY(const std::uint64_t level, parse_decimal(path.substr(0, slash)));
    if (level > kLevelMax) return bad_path("level above 63");
    tile.level = static_cast<unsigned>(level);
    path.remove_prefix(slash + 1);
  }
  TRY(tile.index, take_index(path));
  if (take(path, ".p/")) {
    TRY(const std::uint64_t width, parse_decimal(path));
    if (width == 0 || width >= kTileWidth) return bad_path("width is not 1 to 255");
    tile.width = static_cast<unsigned>(width);
    path = {};
  }
  if (!path.empty()) return bad_path("something behind the index");
  return tile;
}

std::uint64_t hashes_at(unsigned level, std::uint64_t size) {
  return level < kLevels ? size >> (kTileHeight * level) : 0;
}

unsigned partial_width(unsigned level, std::uint64_t size) {
  return static_cast<unsigned>(hashes_at(level, size) % kTileWidth);
}

unsigned width_in(unsigned level, std::uint64_t index, std::uint64_t size) {
  const std::uint64_t hashes = hashes_at(level, size);
  if (index > hashes / kTileWidth) return 0;
  return static_cast<unsigned>(std::min<std::uint64_t>(hashes - index * kTileWidth, kTileWidth));
}

bool is_within(const Tile& tile, std::uint64_t size) {
  return tile.width <= width_in(tile.level, tile.index, size);
}

std::vector<TileRun> plan_growth(std::uint64_t from, std::uint64_t to) {
  CHECK(from <= to && to <= kSizeMax);
  std::vector<TileRun> out;
  for (unsigned level = 0; level < kLevels; ++level) {
    const std::uint64_t old_hashes = hashes_at(level, from);
    const std::uint64_t hashes = hashes_at(level, to);
    if (hashes == old_hashes) break;  // and so are the levels above
    const std::uint64_t last = (hashes - 1) / kTileWidth;
    out.push_back({level, old_hashes / kTileWidth, last, width_in(level, last, to)});
  }
  return out;
}

std::vector<Tile> edge_of(std::uint64_t size) {
  CHECK(size <= kSizeMax);
  std::vector<Tile> out;
  for (unsigned level = 0; level < kLevels; ++level) {
    const unsigned width = partial_width(level, size);
    if (width == 0) continue;
    out.push_back({Tile::Kind::kHashes, level, hashes_at(level, size) / kTileWidth, width});
  }
  return out;
}

}  // namespace muzn::merkle
