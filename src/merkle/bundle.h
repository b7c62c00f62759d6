// Bundles of entries (c2sp.org/tlog-tiles, "Log entries"): for each a big-endian uint16 of its
// length, and its bytes.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "merkle/tile.h"

namespace muzn::merkle {

inline constexpr std::size_t kEntryBytesMax = 65'535;  // the length has 16 bits
inline constexpr std::size_t kBundleBytesMax = std::size_t{kTileWidth} * (2 + kEntryBytesMax);

// REQUIRES an entry of at most kEntryBytesMax.
void append_entry(std::string& bundle, std::string_view entry);
// Views into `bundle`. Errors: kInvalid (not exactly `width` whole entries).
Result<std::vector<std::string_view>> parse_bundle(std::string_view bundle, unsigned width);
// How many entries it has. Errors: kInvalid (not whole ones, or more than kTileWidth).
Result<unsigned> count_entries(std::string_view bundle);
// The first `width` entries of a bundle that has at least so many. Errors: kInvalid.
Result<std::string_view> narrow_bundle(std::string_view bundle, unsigned width);

}  // namespace muzn::merkle
