// Tells a rotten log from a torn one, before RocksDB replays it and throws the rest away.
//
// RocksDB replays its log up to the first record that is not whole, since a power loss tears the
// last write. But here every write is synced before the next one begins, so whatever stands behind
// a torn record was never there: a whole record behind a broken one means that the broken one was
// on stable storage, and acknowledged, and went bad.
//
// What a user stored may hold records of another log, and must not raise an alarm: see kSpan of
// log_scan.cc, which judges the bytes.
#pragma once
#include "base/error.h"
#include "fs/dir.h"

namespace muzn::kv {

// Reads all logs (NUMBER.log) of a closed database, each for itself: a log that a killed process
// left may be torn by a later power loss although the next log goes on behind it, since recovery
// has moved its rows to a table. What it can't tell from a torn write: the last record of a log.
// `before`: the newest change that is in tables for sure. Blocks. Errors: kCorrupt, kUnavailable.
Result<void> check_logs(const fs::Dir& database, std::uint64_t before);

}  // namespace muzn::kv
