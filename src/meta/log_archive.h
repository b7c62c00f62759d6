// The logs of the embedded engine's rows that are in tables already, kept for rocks_recovery.h.
// RocksDB moves them into a directory of its own, but looks at its size only every ten minutes, in
// which a busy server writes more than a small disk holds.
#pragma once
#include <cstdint>

#include "fs/dir.h"

namespace muzn::meta {

inline constexpr const char* kArchiveName = "archive";  // RocksDB's, in the directory of a database

// Unlinks the oldest logs until the others have at most `bytes_max`. An error leaves more than
// that, until the next time. Blocks.
void trim_log_archive(const fs::Dir& database, std::uint64_t bytes_max);

}  // namespace muzn::meta
