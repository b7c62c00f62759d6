// The directory of one store's backups; docs/formats/backup.md draws it.
//
//   format            "muzn backup 1\n"
//   LOCK              held by who writes
//   rows/             meta::RocksBackups
//   blobs/            blob::Archive: shared by all backups
//   keys/<id>/        the key files of the data directory
//   snapshots/<id>.json   written last: a backup without it does not exist
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "blob/archive.h"
#include "fs/dir.h"
#include "meta/rocks_backups.h"
#include "server/backup_record.h"

namespace muzn::server {

// Of all backups that exist in a directory, by id. One that can't be read is an error of the list:
// what follows from not knowing it would be wrong. Errors: kCorrupt, kUnsupported, kUnavailable.
Result<std::vector<BackupRecord>> read_records(const fs::Dir& dir);
// A directory with backups. Errors: kNotFound, kInvalid.
Result<fs::Dir> open_backups(const std::string& path);

// Threads: one at a time. Calls block.
class BackupRoom {
 public:
  // To write: made when missing, and locked. Errors: kInvalid (something else lies there, or
  // backups of a newer format), kUnavailable (another process writes).
  static Result<std::unique_ptr<BackupRoom>> open(const std::string& path, Pool& pool);
  // To read: nothing is changed. Errors also: kNotFound.
  static Result<std::unique_ptr<BackupRoom>> look(const std::string& path);

  // Of all backups that exist.
  Result<std::vector<BackupRecord>> records() const { return read_records(dir_); }
  // Durable when it returns; then the backup exists.
  Result<void> publish(const BackupRecord& record) const;
  // Durably forgets that the backup exists, then lets its rows and keys go.
  Result<void> remove(const BackupRecord& record);
  // Rows of backups that never came to exist.
  Result<void> remove_unfinished();

  // Copies the key files of `data` for backup `id` and tells their digests.
  Result<std::map<std::string, std::string>> keep_keys(std::uint32_t id, const fs::Dir& data) const;
  // One of them. Errors: kCorrupt when it is another than its digest says.
  Result<std::string> key_file(const BackupRecord& record, const std::string& name) const;

  meta::RocksBackups& rows() { return *rows_; }
  blob::Archive& archive() { return *archive_; }  // REQUIRES open()
  std::string blobs_path() const { return dir_.path() + "/blobs"; }
  const std::string& path() const { return dir_.path(); }

 private:
  explicit BackupRoom(fs::Dir dir) : dir_(std::move(dir)) {}

  const fs::Dir dir_;
  std::optional<fs::Fd> lock_;
  std::unique_ptr<meta::RocksBackups> rows_;
  std::unique_ptr<blob::Archive> archive_;
};

// The backup of that id, or the newest complete one for "newest". Errors: kNotFound, kInvalid.
Result<BackupRecord> choose(const std::vector<BackupRecord>& records, const std::string& which);

}  // namespace muzn::server
