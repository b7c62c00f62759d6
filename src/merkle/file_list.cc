#include "merkle/file_list.h"

#include <algorithm>
#include <map>

namespace muzn::merkle {
namespace {

using Visit = std::function<bool(const Tile&, const std::string&)>;

constexpr std::uint64_t kGroup = 1000;  // of numbers that share a folder
constexpr int kGroupDigits = 3;

std::string three_digits(std::uint64_t number) {
  std::string out = std::to_string(number);
  return std::string(kGroupDigits - out.size(), '0') + out;
}

// Whether no path that begins with `folder` is `from` or behind it.
bool is_before(std::string_view folder, std::string_view from) {
  return folder < from && !from.starts_with(folder);
}

// The tiles of one level, or the bundles.
class Level {
 public:
  Level(Tile kind, std::span<const std::uint64_t> sizes, std::string_view from, const Visit& visit)
      : kind_(kind), sizes_(sizes), size_(std::ranges::max(sizes)), from_(from), visit_(visit) {}

  // Those whose numbers are `number` (0: none), `kGroup` times it and so on. False: no more wanted.
  bool list(const std::string& folder, std::uint64_t number) const {  // NOLINT(misc-no-recursion)
    if (is_before(folder, from_)) return true;
    const std::uint64_t first = number * kGroup;
    for (std::uint64_t i = 0; i < kGroup; ++i) {
      if (width_in(kind_.level, first + i, size_) == 0) return true;
      if (is_before(folder + three_digits(i), from_)) continue;
      if (!show(first + i)) return false;
    }
    // Deeper: "x001/" and on, which are digits behind all above.
    for (std::uint64_t i = number == 0 ? 1 : 0; i < kGroup; ++i) {
      if (width_in(kind_.level, (first + i) * kGroup, size_) == 0) return true;
      if (!list(folder + "x" + three_digits(i) + "/", first + i)) return false;
    }
    return true;
  }

 private:
  bool show(std::uint64_t index) const {
    std::map<std::string, Tile> found;  // by path: a full one comes before partial ones
    for (const std::uint64_t size : sizes_) {
      Tile tile = kind_;
      tile.index = index;
      tile.width = width_in(kind_.level, index, size);
      if (tile.width > 0) found.emplace(path_of(tile), tile);
    }
    for (const auto& [path, tile] : found) {
      if (path >= from_ && !visit_(tile, path)) return false;
    }
    return true;
  }

  const Tile kind_;
  const std::span<const std::uint64_t> sizes_;
  const std::uint64_t size_;  // the largest
  const std::string_view from_;
  const Visit& visit_;
};

}  // namespace

void list_files(std::span<const std::uint64_t> sizes, std::string_view from, const Visit& visit) {
  for (unsigned level = 0; level < kLevels; ++level) {
    const Level tiles({.kind = Tile::Kind::kHashes, .level = level}, sizes, from, visit);
    if (!tiles.list("tile/" + std::to_string(level) + "/", 0)) return;
  }
  const Level bundles({.kind = Tile::Kind::kEntries}, sizes, from, visit);
  bundles.list("tile/entries/", 0);
}

}  // namespace muzn::merkle
