// Tells a manifest that lost its end from one whose last write was torn.
//
// The manifest is RocksDB's list of tables, a file of records that each flush and compaction append
// to. RocksDB reads it up to the first record that is not whole and takes that for the torn end of
// a crash. If the record of a flush is gone so, the table that it names is forgotten, while the log
// that the table replaced is unlinked already: rows are lost without a word. So the end that is
// known to be synced is kept beside the database, and compared before RocksDB opens it.
#pragma once
#include <cstdint>

#include "base/error.h"
#include "fs/dir.h"

namespace muzn::kv {

// Where the synced part of a manifest ends. All 0 = not known.
struct ManifestEnd {
  std::uint64_t number = 0;  // of its file, MANIFEST-<number>; newer ones have higher numbers
  std::uint64_t bytes = 0;
  std::uint64_t sequence = 0;  // the tables it names hold every change up to this one
  auto operator<=>(const ManifestEnd&) const = default;
};

// That the manifest in force is a newer file than `end` names, or the same one, not shorter and
// with whole records up to there. What else may be wrong is left to RocksDB to find. Blocks.
// Errors: kCorrupt, kUnavailable.
Result<void> check_manifest(const fs::Dir& database, ManifestEnd end);

// Cuts off what a power loss tore behind `end`: RocksDB refuses a last record whose length is there
// and whose bytes are not, although nothing was acknowledged that needs it. Durable when it
// returns. REQUIRES that check_manifest() passed. Errors: kUnavailable.
Result<void> cut_torn_manifest(const fs::Dir& database, ManifestEnd end);

}  // namespace muzn::kv
