// Backups of the embedded engine's rows: those of kv/backup.h, each with a mark of what was
// acknowledged when it began, so that a restored store proves at its start that nothing is missing.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kv/backup.h"
#include "meta/rocks_view.h"

namespace muzn::meta {

// Threads: safe. Calls block. Errors: those of kv::BackupDirectory.
class RocksBackups {
 public:
  // As kv::BackupOptions.
  static Result<std::unique_ptr<RocksBackups>> open(const kv::BackupOptions& options);

  // For RocksStore::back_up().
  Result<kv::BackupId> add(kv::Database& database, const std::function<bool()>& go_on);

  std::vector<kv::Backup> list() const { return backups_->list(); }
  Result<kv::Backup> find(kv::BackupId id) const { return backups_->find(id); }
  Result<void> verify(kv::BackupId id) const { return backups_->verify(id); }
  Result<void> remove(kv::BackupId id) { return backups_->remove(id); }

  // The rows of a backup where they lie. Errors also: kCorrupt when some that were acknowledged
  // are not among them. REQUIRES that this object outlives the view.
  Result<std::unique_ptr<RocksView>> view(kv::BackupId id) const;

  // Makes the directory of rows that a store opens from, durably; its format file comes last, so
  // that a crash leaves none. REQUIRES that nothing lies in `directory`.
  Result<void> restore(kv::BackupId id, const std::string& directory) const;

 private:
  explicit RocksBackups(std::unique_ptr<kv::BackupDirectory> backups)
      : backups_(std::move(backups)) {}

  const std::unique_ptr<kv::BackupDirectory> backups_;
};

}  // namespace muzn::meta
