// The way back. Order: the format of the blobs, which without rows/format no server starts from;
// the keys; the blobs; the rows, whose format file is the last thing written.
#include <algorithm>

#include "blob/file_store.h"
#include "server/backup.h"
#include "server/backup_room.h"
#include "server/backup_walk.h"
#include "server/keys.h"
#include "server/offline.h"

namespace muzn::server {
namespace {

Result<fs::Dir> open_empty(const std::string& path) {
  TRY(fs::Dir dir, fs::Dir::open_or_create(path));
  TRY(const auto names, dir.list("."));
  if (names.empty()) return dir;
  return fail(Code::kInvalid, path + " is not empty: a store is restored into a new directory");
}

Result<void> restore_keys(const BackupRoom& room, const BackupRecord& record, const fs::Dir& data) {
  for (const auto& [name, digest] : record.keys) {
    if (std::ranges::find(kKeyFiles, name) == std::end(kKeyFiles)) {
      return fail(Code::kUnsupported,
                  "the backup has a key file " + name + " that this version does not know");
    }
    TRY(const std::string bytes, room.key_file(record, name));
    TRY_VOID(data.write_durably(name, bytes, fs::kPrivateFile));
  }
  return {};
}

// All blobs into the one directory of a new store. (Where a store has several directories of blobs,
// this is the place to give each of them its own.)
Result<void> restore_blobs(BackupRoom& room, const BackupRecord& record, blob::Archive& to,
                           Pool& pool, BackupListener& listener) {
  blob::FileOptions options;
  options.directory = room.blobs_path();
  options.read_only = true;
  TRY(const auto blobs, blob::open_file_store(options, pool));
  TRY(const auto view, room.rows().view(record.id));
  const CopyWalk walk = copy_blobs(*view, *blobs, to, listener);
  if (walk.failed) return std::unexpected(*walk.failed);
  if (walk.totals.stopped) return fail(Code::kClosed, "the restore was stopped");
  if (record.complete && !walk.is_whole()) {
    return fail(Code::kCorrupt, "backup " + std::to_string(record.id) +
                                    " is damaged: " + std::to_string(walk.lost_count) +
                                    " blobs are missing or rotten");
  }
  return to.sync();
}

}  // namespace

Result<BackupRecord> restore(const std::string& from, const std::string& which,
                             const std::string& data, BackupListener& listener) {
  TRY(const auto room, BackupRoom::look(from));
  TRY(const auto records, room->records());
  TRY(BackupRecord record, choose(records, which));
  TRY_VOID(room->rows().verify(record.id));
  TRY(const fs::Dir dir, open_empty(data));
  TRY(const fs::Fd lock, dir.lock(kLockFile));
  Pool pool(2);
  TRY(const auto archive, blob::Archive::open(data + "/blobs", pool));
  TRY_VOID(restore_keys(*room, record, dir));
  TRY_VOID(restore_blobs(*room, record, *archive, pool, listener));
  TRY_VOID(room->rows().restore(record.id, data + "/rows"));
  return record;
}

}  // namespace muzn::server
