// Judges the rows of a log, without its key: is every row one that a log has, and is the root what
// the head says? `muzn audit verify` judges a log whole, from what it serves.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "meta/store.h"

namespace muzn::tlog {

struct LogRowsReport {
  std::uint64_t rows = 0;
  std::uint64_t entries = 0;
  std::vector<std::string> errors;  // for people; empty: all is well, or there is no log
};

// Blocks; only reads.
LogRowsReport verify_log_rows(meta::Store& rows, meta::ShardId shard);

}  // namespace muzn::tlog
