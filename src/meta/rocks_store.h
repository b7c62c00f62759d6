// The embedded engine of rows: RocksDB with one committer thread, which checks preconditions in
// order, writes one synced batch for all commits that wait, and answers them together.
#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/time.h"
#include "fs/disk.h"
#include "kv/database.h"
#include "meta/rocks_backups.h"
#include "meta/rocks_view.h"
#include "meta/store.h"

namespace muzn::meta {

struct RocksOptions {
  std::string directory;
  std::size_t cache_bytes = 16U << 20;      // block cache; idle memory stays small
  std::size_t row_cache_bytes = 64U << 20;  // of rows used of late (row_cache.h); 0 = none
  // Rows that are only ever scanned: they are not kept there. Null: none is.
  bool (*unread)(ShardId shard, std::string_view key) = nullptr;
  std::size_t commits_per_sync_max = 256;
  // With less free space than this commits get kNoSpace, and go on once there is more: RocksDB
  // must never meet a full disk, since a failed log write closes the store until a restart.
  std::uint64_t reserve_bytes = 64U << 20;
  std::size_t write_buffer_bytes = kv::Options().write_buffer_bytes;
  // Of logs that are in tables already, so much is kept: what a backup lacks (rocks_recovery.h).
  std::uint64_t log_archive_bytes = 0;
  // Borrowed; null: one of its own. Set by the first write or sync that fails, and then no commit
  // is taken any more. Rows and blobs of one engine share it: they lie on one disk.
  std::atomic<bool>* closed = nullptr;
  // Both are the same disk; tests give one of their own. Borrowed.
  fs::Disk* disk = &fs::kernel();
  rocksdb::Env* env = nullptr;
};

// What the embedded engine can do beyond a store. Threads: safe.
class RocksStore : public Store {
 public:
  // The rows as they are now, whatever is committed later. REQUIRES that the store outlives it.
  virtual std::unique_ptr<RocksView> view() const = 0;
  // Backs up the rows while commits go on: all that was acknowledged before, and of what is
  // committed meanwhile a beginning. Blocks. Errors and `go_on` as kv::BackupDirectory::add().
  virtual Result<kv::BackupId> back_up(RocksBackups& to, const std::function<bool()>& go_on) = 0;
};

// Opens or creates. Errors: kCorrupt, kUnavailable (locked by another process), kInvalid (written
// by a newer format).
// The store must outlive its coroutines; its end answers what waits and closes the database.
Result<std::unique_ptr<RocksStore>> open_rocks_store(const RocksOptions& options,
                                                     const Clock& clock);

}  // namespace muzn::meta
