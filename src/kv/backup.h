// Backups of a database in a directory of their own: several of them, which share the table files
// that they have in common, so that a new one copies only what is new. RocksDB's BackupEngine.
//
// A backup exists when add() returned; a crash before that leaves the older ones whole, and what it
// left of the new one goes with the next add() or remove(). Every file has a checksum, which
// verify() and restore() compare.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kv/database.h"

namespace rocksdb {
class BackupEngine;
class BackupEngineReadOnly;
}  // namespace rocksdb

namespace muzn::kv {

using BackupId = std::uint32_t;  // counts up from 1; the number of a removed newest one comes again

struct BackupOptions {
  std::string directory;  // its parent exists; made when missing, but not when read_only
  // Nothing is written; add() and remove() are errors. Several may be open, besides one writer.
  bool read_only = false;
  rocksdb::Env* env = nullptr;  // as Options::env; of the database and the backups both
};

struct Backup {
  BackupId id = 0;
  std::int64_t unix_seconds = 0;
  std::uint64_t bytes = 0;  // of its files, shared ones too
  std::string label;        // what add() was given
};

// Threads: safe. Calls block. Errors: kNotFound (no such backup), kCorrupt, kNoSpace, kUnavailable.
class BackupDirectory {
 public:
  static Result<std::unique_ptr<BackupDirectory>> open(const BackupOptions& options);
  ~BackupDirectory();
  BackupDirectory(const BackupDirectory&) = delete;
  BackupDirectory& operator=(const BackupDirectory&) = delete;

  // Backs up all that was written before the call, and of what is written meanwhile a beginning
  // without gaps. Durable when it returns. `go_on` is asked every few MiB.
  // Errors also: kClosed when `go_on` said no; then this object takes no further add().
  Result<BackupId> add(Database& database, const std::string& label,
                       const std::function<bool()>& go_on);
  // By id. One that lacks files is not among them.
  std::vector<Backup> list() const;
  Result<Backup> find(BackupId id) const;
  // Reads all files of a backup and compares their checksums.
  Result<void> verify(BackupId id) const;
  Result<void> remove(BackupId id);
  // The rows of a backup where they lie, for reading only. REQUIRES that this object outlives them.
  Result<std::unique_ptr<Database>> open_rows(BackupId id, std::size_t cache_bytes) const;
  // Copies a backup into `directory`, whose parent exists, as a database that can be opened. Checks
  // each file on the way. Not durable before its files and its name are synced.
  // REQUIRES that nothing lies in `directory`.
  Result<void> restore(BackupId id, const std::string& directory) const;

 private:
  explicit BackupDirectory(BackupOptions options);

  const BackupOptions options_;
  std::unique_ptr<rocksdb::BackupEngine> writer_;  // one of these
  std::unique_ptr<rocksdb::BackupEngineReadOnly> reader_;
};

}  // namespace muzn::kv
