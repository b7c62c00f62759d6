// The rows of a log's shard; docs/formats/tlog.md draws them. Pure.
//
//   "h"                    head: how large the log is, its root and its origin; every append
//                          compares and replaces it
//   "e" be64               entries from this index on, up to the end of their bundle or less
//   "t" level be64         a tile of hashes: full ones of level 0, all of the levels above
//   "k"                    its key, as a verifier key
//   "s", "p"               the checkpoint that was signed last, and the one that is published
//
// The partial tile of level 0 has no row: it is the hashes of the last entries. So an append of one
// entry writes that entry and the head.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "merkle/hash.h"
#include "merkle/tile.h"
#include "meta/store.h"

namespace muzn::tlog {

inline constexpr std::string_view kHeadRow = "h";
inline constexpr std::string_view kKeyRow = "k";
inline constexpr std::string_view kSignedRow = "s";
inline constexpr std::string_view kPublishedRow = "p";

// A row of entries ends before its bytes exceed this, but holds one entry at least: engines read
// and write small rows best.
inline constexpr std::size_t kEntriesRowBytesMax = 128U << 10;

std::string entries_row(std::uint64_t first_index);
// Errors: kCorrupt (not such a key).
Result<std::uint64_t> index_of_entries_row(std::string_view key);
std::string tile_row(unsigned level, std::uint64_t index);

struct Head {
  std::string origin;
  std::uint64_t size = 0;
  merkle::Hash root;
  bool operator==(const Head&) const = default;
};
std::string encode_head(const Head& head);
// Takes exactly what encode_head() makes. Errors: kCorrupt, kUnsupported (a newer format).
Result<Head> decode_head(std::string_view row);

// The rows of entries that follow `size` others, as bundles cut them.
std::vector<meta::Row> entry_rows(std::uint64_t size, std::span<const std::string> entries);

}  // namespace muzn::tlog
