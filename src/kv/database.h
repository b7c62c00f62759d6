// RocksDB behind our own types: the only code that includes it. Keys and values are bytes; every
// write is on stable storage when it returns.
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "fs/disk.h"
#include "kv/manifest_check.h"

namespace rocksdb {
class DB;
class WriteBatch;
class Iterator;
class Env;
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
  std::size_t write_buffer_bytes = 16U << 20;
  // What the manifest held at least when it was last in use; see on_flush.
  ManifestEnd manifest_end;
  // Called in a thread of RocksDB's after rows went from the log to a table: with the end of the
  // manifest that names the table, which is durable, before the log goes. An error closes the
  // database for writes.
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

 private:
  friend class Database;
  std::unique_ptr<rocksdb::WriteBatch> batch_;
};

// Threads: safe. Calls block. Errors: kCorrupt, kNoSpace, kUnavailable (all other I/O errors).
class Database {
 public:
  // Errors also: kUnavailable while another process has it open, kCorrupt when there is none and
  // `create` is off, or when its log or manifest is rotten (log_check.h, manifest_check.h); nothing
  // is changed then.
  static Result<std::unique_ptr<Database>> open(const Options& options);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // nullopt when absent.
  Result<std::optional<std::string>> get(std::string_view key) const;

  // Called with each row in order; false ends the scan. The views die with the call.
  using Visit = std::function<bool(std::string_view key, std::string_view value)>;
  // Rows with from <= key < to, upwards and downwards; `to` empty = no end.
  Result<void> scan(std::string_view from, std::string_view to, const Visit& visit) const;
  Result<void> scan_back(std::string_view from, std::string_view to, const Visit& visit) const;

  // As scan(), but what it reads takes no room in the block cache: for walks of everything.
  Result<void> scan_once(std::string_view from, std::string_view to, const Visit& visit) const;

  // Atomic and durable. After an error it may or may not have happened, every later write gets
  // kUnavailable, and the directory can be opened again only by another process.
  Result<void> write(Batch batch);

  // The number of the newest change; grows with each write and survives a restart.
  std::uint64_t sequence() const;
  // The synced part of the manifest; grows. Not when it was opened read-only.
  Result<ManifestEnd> manifest_end() const;
  // Reads every table and verifies its checksums, also of rows that newer ones hide.
  Result<void> verify_tables() const;
  // The numbers of the tables there are now, ascending; a newer table has a greater one. Their
  // memory: some bytes for each 64 MiB of rows.
  std::vector<std::uint64_t> tables() const;
  // The same for one table, at the caller's pace: `go_on` is called before each read with its size
  // (at most some 256 KiB), and false ends it with kUnavailable. Leaves the block cache as it is. A
  // table that is gone by now (compacted) is a success. Errors: kCorrupt, also when its file is
  // missing; kUnavailable.
  Result<void> verify_table(std::uint64_t number,
                            const std::function<bool(std::uint64_t)>& go_on) const;
  // Table files and what is still in memory (which the log holds as well).
  std::uint64_t bytes_on_disk() const;

 private:
  // Closed for writes. Shared with RocksDB's threads, which a given-up database leaves running.
  using Failed = std::shared_ptr<std::atomic<bool>>;
  friend class FlushListener;

  Database(std::unique_ptr<rocksdb::DB> db, Failed failed);

  Result<void> scan_upwards(std::string_view from, std::string_view to, bool fill_cache,
                            const Visit& visit) const;

  std::unique_ptr<rocksdb::DB> db_;
  const Failed failed_;
};

}  // namespace muzn::kv
