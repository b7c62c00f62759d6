// The files of a tree in the order of their paths, as a listing of a bucket has them. Pure.
#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "merkle/tile.h"

namespace muzn::merkle {

// Visits the tiles and bundles of one tree when it had each of `sizes` entries, by path and from
// the first that is not less than `from`, until `visit` returns false. What was partial and is
// wider or full at another of the sizes is there at each width. Costs what is visited, and some
// thousand steps. REQUIRES at least one size.
void list_files(std::span<const std::uint64_t> sizes, std::string_view from,
                const std::function<bool(const Tile& tile, const std::string& path)>& visit);

}  // namespace muzn::merkle
