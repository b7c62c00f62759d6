#include "kv/backup.h"

#include <rocksdb/db.h>
#include <rocksdb/utilities/backup_engine.h>

#include "kv/status.h"

namespace muzn::kv {
namespace {

Result<void> found(const rocksdb::Status& status, BackupId id) {
  if (status.IsNotFound()) return fail(Code::kNotFound, "no backup " + std::to_string(id));
  return to_result(status);
}

Backup to_backup(const rocksdb::BackupInfo& info) {
  return {info.backup_id, info.timestamp, info.size, info.app_metadata};
}

}  // namespace

BackupDirectory::BackupDirectory(BackupOptions options) : options_(std::move(options)) {}
BackupDirectory::~BackupDirectory() = default;

Result<std::unique_ptr<BackupDirectory>> BackupDirectory::open(const BackupOptions& options) {
  std::unique_ptr<BackupDirectory> out(new BackupDirectory(options));
  rocksdb::BackupEngineOptions all(options.directory);
  all.share_table_files = true;
  // A table is known by the session that wrote it, not by its number alone: stores that were
  // restored from one backup and went different ways may share a directory.
  all.share_files_with_checksum = true;
  all.sync = true;
  rocksdb::Env* env = options.env != nullptr ? options.env : rocksdb::Env::Default();
  if (options.read_only) {
    rocksdb::BackupEngineReadOnly* opened = nullptr;
    TRY_VOID(to_result(rocksdb::BackupEngineReadOnly::Open(all, env, &opened)));
    out->reader_.reset(opened);
  } else {
    rocksdb::BackupEngine* opened = nullptr;
    TRY_VOID(to_result(rocksdb::BackupEngine::Open(all, env, &opened)));
    out->writer_.reset(opened);
  }
  return out;
}

Result<BackupId> BackupDirectory::add(Database& database, const std::string& label,
                                      const std::function<bool()>& go_on) {
  if (!writer_) return fail(Code::kUnavailable, "the backups are opened for reading only");
  if (*database.failed_) return fail(Code::kUnavailable, "rocksdb: closed after an error");
  rocksdb::CreateBackupOptions options;
  // Tables are shared with later backups, a log is not.
  options.flush_before_backup = true;
  options.progress_callback = [&] {
    if (!go_on()) writer_->StopBackup();
  };
  BackupId id = 0;
  const rocksdb::Status status =
      writer_->CreateNewBackupWithMetadata(options, database.db_.get(), label, &id);
  if (status.IsIncomplete()) return fail(Code::kClosed, "the backup was stopped");
  TRY_VOID(to_result(status));
  return id;
}

std::vector<Backup> BackupDirectory::list() const {
  std::vector<rocksdb::BackupInfo> infos;
  writer_ ? writer_->GetBackupInfo(&infos) : reader_->GetBackupInfo(&infos);
  std::vector<Backup> out;
  out.reserve(infos.size());
  for (const rocksdb::BackupInfo& info : infos) out.push_back(to_backup(info));
  return out;
}

Result<Backup> BackupDirectory::find(BackupId id) const {
  rocksdb::BackupInfo info;
  TRY_VOID(
      found(writer_ ? writer_->GetBackupInfo(id, &info) : reader_->GetBackupInfo(id, &info), id));
  return to_backup(info);
}

Result<void> BackupDirectory::verify(BackupId id) const {
  return found(writer_ ? writer_->VerifyBackup(id, true) : reader_->VerifyBackup(id, true), id);
}

Result<void> BackupDirectory::remove(BackupId id) {
  if (!writer_) return fail(Code::kUnavailable, "the backups are opened for reading only");
  return found(writer_->DeleteBackup(id), id);
}

Result<std::unique_ptr<Database>> BackupDirectory::open_rows(BackupId id,
                                                             std::size_t cache_bytes) const {
  constexpr bool kDetails = true;  // where its files are
  rocksdb::BackupInfo info;
  TRY_VOID(found(writer_ ? writer_->GetBackupInfo(id, &info, kDetails)
                         : reader_->GetBackupInfo(id, &info, kDetails),
                 id));
  Options options;
  options.directory = info.name_for_open;
  options.read_only = true;
  options.cache_bytes = cache_bytes;
  options.env = info.env_for_open.get();  // lives as long as the BackupEngine
  return Database::open(options);
}

Result<void> BackupDirectory::restore(BackupId id, const std::string& directory) const {
  const rocksdb::RestoreOptions options;
  return found(writer_ ? writer_->RestoreDBFromBackup(options, id, directory, directory)
                       : reader_->RestoreDBFromBackup(options, id, directory, directory),
               id);
}

}  // namespace muzn::kv
