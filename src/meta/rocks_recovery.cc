#include "meta/rocks_recovery.h"

#include "meta/acked_mark.h"
#include "meta/rocks_rows.h"

namespace muzn::meta {
namespace {

constexpr const char* kArchiveName = "archive";  // RocksDB's name for it

Result<std::optional<fs::Dir>> open_if_there(const std::string& path) {
  auto dir = fs::Dir::open(path);
  if (dir) return std::optional<fs::Dir>(std::move(*dir));
  if (dir.error().code == Code::kNotFound) return std::optional<fs::Dir>();
  return std::unexpected(std::move(dir).error());
}

Result<kv::Replayed> replay(const std::string& damaged, kv::Database& database) {
  const std::string logs = damaged + "/" + kDatabaseName;
  TRY(const auto archive, open_if_there(logs + "/" + kArchiveName));
  TRY(const auto live, open_if_there(logs));
  std::vector<const fs::Dir*> directories;
  if (archive) directories.push_back(&*archive);
  if (live) directories.push_back(&*live);
  return kv::replay_logs(directories, database);
}

std::optional<std::uint64_t> acked_of(const std::string& damaged) {
  const auto dir = fs::Dir::open(damaged);
  if (!dir) return std::nullopt;
  const auto mark = read_mark(*dir);
  if (!mark) return std::nullopt;
  return mark->sequence;
}

}  // namespace

Result<RowsRecovery> recover_rows(const RocksBackups& backups, kv::BackupId id,
                                  const std::string& damaged, const std::string& to) {
  TRY_VOID(backups.restore(id, to));
  RowsRecovery out;
  out.acked = acked_of(damaged);
  kv::Options options;
  options.directory = to + "/" + kDatabaseName;
  {
    TRY(const auto database, kv::Database::open(options));
    TRY(out.logs, replay(damaged, *database));
  }
  TRY(const fs::Dir dir, fs::Dir::open(to));
  TRY_VOID(dir.write_durably(kAckedName, encode_mark({out.logs.to, {}})));
  return out;
}

}  // namespace muzn::meta
