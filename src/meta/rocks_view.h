// The embedded engine's rows without the right to change them: of a store which no server has open
// (open() below), of one that is open, as it was at one moment (RocksStore::view()), or of a backup
// (RocksBackups::view()). Nothing is written or repaired; what a server's start would refuse (a
// rotten log, rows that were acknowledged and are gone) is refused here too.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "fs/disk.h"
#include "meta/store.h"

namespace muzn::meta {

struct RocksViewOptions {
  std::string directory;  // as RocksOptions::directory
  std::size_t cache_bytes = 64U << 20;
};

// commit() and destroy() fail with kUnavailable. Threads: safe. Calls block.
class RocksView : public Store {
 public:
  // Errors: kNotFound (no store was made here), and those of open_rocks_store().
  static Result<std::unique_ptr<RocksView>> open(const RocksViewOptions& options);

  // The first shard from `from` on that has a row; nullopt when there is none. Errors: kCorrupt,
  // kUnavailable.
  virtual Result<std::optional<ShardId>> next_shard(ShardId from) const = 0;
  // Reads all tables once and verifies every checksum. Errors: kCorrupt, kUnavailable.
  virtual Result<void> verify_tables() const = 0;
};

}  // namespace muzn::meta
