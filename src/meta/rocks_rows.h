// What the store and the view of the embedded engine's rows have in common. Internal to meta/.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "fs/dir.h"
#include "kv/database.h"
#include "meta/store.h"

namespace muzn::meta {

// docs/formats/engine.md. A newer first line than ours is refused.
inline constexpr std::string_view kRowsFormat = "muzn rows 1\n";
inline constexpr const char* kFormatName = "format";
inline constexpr const char* kDatabaseName = "db";

// Whether the store exists. Errors: kInvalid (a format that is not ours), kCorrupt (parts missing).
Result<bool> check_rows_format(const fs::Dir& dir);

// Errors: kCorrupt when the database ends before change `acked`, which was acknowledged.
Result<void> check_acked(const kv::Database& database, std::uint64_t acked, const fs::Dir& dir);

// Store::scan() and scan_back(), by the verb of the database that goes that way.
using DatabaseScan = Result<void> (kv::Database::*)(std::string_view, std::string_view,
                                                    const kv::Database::Visit&) const;
Result<std::vector<Row>> scan_shard(const kv::Database& database, ShardId shard,
                                    const std::string& from, const std::string& to,
                                    std::size_t limit, DatabaseScan scan);

}  // namespace muzn::meta
