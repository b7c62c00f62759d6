// RocksDB behind our own types: the only code that includes it. Keys and values are bytes; every
// write is on stable storage when it returns.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "fs/disk.h"
#include "kv/manifest_check.h"
#include "kv/rows.h"

namespace rocksdb {
class DB;
class Env;
class Statistics;
class WriteBatch;
}  // namespace rocksdb

namespace muzn::kv {

struct Options {
  std::string directory;  // its parent exists
  bool create = false;    // make the database when there is none
  // Nothing is written, not even a log of events; rows of the log are read into memory. A write is
  // an error. Who opens it so keeps other processes out by a lock of its own.
  bool read_only = false;
  std::size_t cache_bytes = 16U << 20;
  // One memtable; there are at most two, so this bounds memory and the log replayed at start.
  std::size_t write_buffer_bytes = 32U << 20;
  // Logs that tables replaced are kept up to this size, the newest of them, for log_replay.h; 0 =
  // none are.
  std::uint64_t log_archive_bytes = 0;
  // What the manifest held at least when it was last in use; see on_flush.
  ManifestEnd manifest_end;
  // Called in a thread of RocksDB's, one at a time, after rows went from the log to a table, or
  // tables were made into others: with the end of the manifest that names them, which is durable,
  // before the log goes. An error closes the database for writes.
  std::function<Result<void>(ManifestEnd)> on_flush;
  // Both are the same disk; tests give one of their own. Borrowed; null = the system's.
  fs::Disk* disk = &fs::kernel();
  rocksdb::Env* env = nullptr;
};

// Changes that become durable together, in order.
class Batch {
 public:
  Batch();
  Batch(Batch&&) noexcept;
  Batch& operator=(Batch&&) noexcept;
  ~Batch();

  void put(std::string_view key, std::string_view value);
  void erase(std::string_view key);
  // Every key with from <= key < to.
  void erase_range(std::string_view from, std::string_view to);
  // Without changes again, for the next ones: it keeps its memory, but not very much of it.
  void clear();

 private:
  friend class Database;
  std::unique_ptr<rocksdb::WriteBatch> batch_;
};

struct Figures {
  std::uint64_t bytes_on_disk =
      0;  // tables, and what is still in memory (the log holds it as well)
  // Of the block cache; what was read since the database was opened.
  std::uint64_t cache_hits = 0;
  std::uint64_t cache_misses = 0;
  std::uint64_t cache_bytes = 0;
  std::uint64_t cache_capacity = 0;
};

// Threads: safe. Calls block. Errors: kCorrupt, kNoSpace, kUnavailable (all other I/O errors).
class Database final : public Rows {
 public:
  // Errors also: kUnavailable while another process has it open, kCorrupt when there is none and
  // `create` is off, or when its log or manifest is rotten (log_check.h, manifest_check.h); nothing
  // is changed then.
  static Result<std::unique_ptr<Database>> open(const Options& options);
  ~Database() override;

  Result<std::optional<std::string>> get(std::string_view key) const override;
  Result<void> scan(std::string_view from, std::string_view to, const Visit& visit) const override;
  Result<void> scan_once(std::string_view from, std::string_view to,
                         const Visit& visit) const override;
  Result<void> scan_back(std::string_view from, std::string_view to,
                         const Visit& visit) const override;
  // The rows as they are now, whatever is written later. What it holds stays on the disk until it
  // goes. REQUIRES that the database outlives it.
  std::unique_ptr<Rows> snapshot() const;

  // Atomic and durable. After an error it may or may not have happened, every later write gets
  // kUnavailable, and the directory can be opened again only by another process.
  // `batch` may be cleared and used again.
  Result<void> write(Batch& batch);
  Result<void> write(Batch&& batch) { return write(batch); }

  // For log_replay.h: a record of another database's log as it stands there, whose first change
  // must be number sequence() + 1. Durable only after sync_records(). Errors as write().
  Result<void> apply_record(std::string_view record);
  Result<void> sync_records();

  // The number of the newest change; grows with each write and survives a restart.
  std::uint64_t sequence() const;
  // The synced part of the manifest. REQUIRES that it was opened to be written, and no write since.
  Result<ManifestEnd> manifest_end() const;
  // Reads every table and verifies its checksums, also of rows that newer ones hide.
  Result<void> verify_tables() const;
  Figures figures() const;
  // The numbers of the tables there are now, ascending; a newer table has a greater one. Their
  // memory: some bytes for each 64 MiB of rows.
  std::vector<std::uint64_t> tables() const;
  // The same for one table, at the caller's pace: `go_on` is called before each read with its size
  // (at most some 256 KiB), and false ends it with kUnavailable. Leaves the block cache as it is. A
  // table that is gone by now (compacted) is a success. Errors: kCorrupt, also when its file is
  // missing; kUnavailable.
  Result<void> verify_table(std::uint64_t number,
                            const std::function<bool(std::uint64_t)>& go_on) const;

 private:
  // Closed for writes. Shared with RocksDB's threads, which a given-up database leaves running.
  using Failed = std::shared_ptr<std::atomic<bool>>;
  friend class BackupDirectory;

  Database(std::unique_ptr<rocksdb::DB> db, Failed failed,
           std::shared_ptr<rocksdb::Statistics> statistics);

  std::unique_ptr<rocksdb::DB> db_;
  const Failed failed_;
  std::shared_ptr<rocksdb::Statistics> statistics_;  // RocksDB's options hold it, too
};

}  // namespace muzn::kv
