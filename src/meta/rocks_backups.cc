#include "meta/rocks_backups.h"

#include <charconv>

#include "fs/dir.h"
#include "meta/acked_mark.h"
#include "meta/rocks_rows.h"

namespace muzn::meta {
namespace {

constexpr std::size_t kCacheBytes = 32U << 20;

// The label of a backup: the change up to which it has them all.
Result<std::uint64_t> acked_of(const kv::Backup& backup) {
  std::uint64_t out = 0;
  const char* const end = backup.label.data() + backup.label.size();
  const auto [at, error] = std::from_chars(backup.label.data(), end, out);
  if (error == std::errc{} && at == end) return out;
  return fail(Code::kCorrupt, "backup " + std::to_string(backup.id) + " of the rows has no mark");
}

// RocksDB has copied the files; that they are on stable storage is our business.
Result<void> sync_files(const std::string& directory) {
  TRY(const fs::Dir dir, fs::Dir::open(directory));
  TRY(const auto names, dir.list("."));
  for (const std::string& name : names) {
    TRY(fs::File file, dir.open_write(name));
    TRY_VOID(file.sync_data());
  }
  return dir.sync();
}

}  // namespace

Result<std::unique_ptr<RocksBackups>> RocksBackups::open(const kv::BackupOptions& options) {
  TRY(auto backups, kv::BackupDirectory::open(options));
  return std::unique_ptr<RocksBackups>(new RocksBackups(std::move(backups)));
}

Result<kv::BackupId> RocksBackups::add(kv::Database& database, const std::function<bool()>& go_on) {
  // Read first: what is written meanwhile may or may not be in it.
  return backups_->add(database, std::to_string(database.sequence()), go_on);
}

Result<std::unique_ptr<RocksView>> RocksBackups::view(kv::BackupId id) const {
  TRY(const kv::Backup backup, backups_->find(id));
  TRY(const std::uint64_t acked, acked_of(backup));
  TRY(auto database, backups_->open_rows(id, kCacheBytes));
  TRY_VOID(check_acked(*database, acked, "backup " + std::to_string(id)));
  return view_of(std::move(database));
}

Result<void> RocksBackups::restore(kv::BackupId id, const std::string& directory) const {
  TRY(const kv::Backup backup, backups_->find(id));
  TRY(const std::uint64_t acked, acked_of(backup));
  TRY(const fs::Dir dir, fs::Dir::open_or_create(directory));
  const std::string database = directory + "/" + kDatabaseName;
  TRY_VOID(backups_->restore(id, database));
  TRY_VOID(sync_files(database));
  TRY_VOID(dir.sync());  // the name `db`
  TRY_VOID(dir.write_durably(kAckedName, encode_mark({acked, {}})));
  return dir.write_durably(kFormatName, kRowsFormat);
}

}  // namespace muzn::meta
