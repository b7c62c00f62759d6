// What the store and the view of the embedded engine's rows have in common. Internal to meta/.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "fs/dir.h"
#include "kv/database.h"
#include "meta/rocks_view.h"
#include "meta/store.h"

namespace muzn::meta {

// docs/formats/engine.md. A newer first line than ours is refused.
inline constexpr std::string_view kRowsFormat = "muzn rows 1\n";
inline constexpr const char* kFormatName = "format";
inline constexpr const char* kDatabaseName = "db";

// Whether the store exists. Errors: kInvalid (a format that is not ours), kCorrupt (parts missing).
Result<bool> check_rows_format(const fs::Dir& dir);

// Errors: kCorrupt when the database, named for texts, ends before change `acked`, which was
// acknowledged.
Result<void> check_acked(const kv::Database& database, std::uint64_t acked,
                         const std::string& name);

// Store::scan() and scan_back(), by the verb of the database that goes that way.
using RowsScan = Result<void> (kv::Rows::*)(std::string_view, std::string_view,
                                            const kv::Rows::Visit&) const;
Result<std::vector<Row>> scan_shard(const kv::Rows& rows, ShardId shard, const std::string& from,
                                    const std::string& to, std::size_t limit, RowsScan scan);

// The rows of a database that is opened for reading, which the view owns.
std::unique_ptr<RocksView> view_of(std::unique_ptr<kv::Database> database);
// The rows as they are now. `database` is borrowed and must outlive the view.
std::unique_ptr<RocksView> view_of_now(const kv::Database& database);

}  // namespace muzn::meta
