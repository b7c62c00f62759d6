// Carries what logs still hold into a database that is older: one that was restored from a backup,
// while the database that wrote the logs can't be opened any more.
//
// Only without gaps: a record is taken when its first change is the one after the newest that the
// database has. What stands behind a gap is not, since rows would then lack changes in between (a
// delete, for instance) and nothing would show it.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "fs/dir.h"
#include "kv/database.h"

namespace muzn::kv {

struct Replayed {
  std::uint64_t records = 0;
  std::uint64_t from = 0;  // the database's newest change before,
  std::uint64_t to = 0;    // and after
  // The first change that the logs hold behind what was taken; 0 = there is none.
  std::uint64_t gap_before = 0;
};

// The logs (NUMBER.log) of these directories, in the order of their numbers. Durable when it
// returns. Blocks. Errors: kCorrupt, kNoSpace, kUnavailable: some records may have been taken, and
// calling again goes on.
Result<Replayed> replay_logs(const std::vector<const fs::Dir*>& directories, Database& database);

}  // namespace muzn::kv
