// Makes the embedded engine's rows anew when they can't be opened any more: from a backup, and what
// the logs of the damaged rows still hold behind it.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "kv/backup.h"
#include "kv/log_replay.h"
#include "meta/rocks_backups.h"

namespace muzn::meta {

struct RowsRecovery {
  kv::Replayed logs;
  // The newest change that was acknowledged for sure, as the damaged rows' mark says; nullopt when
  // the mark is gone, too.
  std::optional<std::uint64_t> acked;
  // Acknowledged changes that are lost; meaningless without the mark.
  std::uint64_t lost() const { return acked && *acked > logs.to ? *acked - logs.to : 0; }
};

// Writes into the directory `to`, which is missing or empty and not in use before this returned;
// only reads `damaged`. Durable when it returns. Blocks.
// Errors: kNotFound (no such backup), kCorrupt (the backup), kNoSpace, kUnavailable.
Result<RowsRecovery> recover_rows(const RocksBackups& backups, kv::BackupId id,
                                  const std::string& damaged, const std::string& to);

}  // namespace muzn::meta
