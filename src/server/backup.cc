#include "server/backup.h"

#include <unordered_set>

#include "base/system.h"
#include "blob/file_store.h"
#include "control/residency_backup.h"
#include "control/verify.h"
#include "server/backup_room.h"
#include "server/backup_walk.h"
#include "server/blobs_at_hand.h"
#include "server/keys.h"
#include "server/offline.h"

namespace muzn::server {
namespace {

// A walk that looks for something else than faults.
class Quiet final : public object::VerifyListener {
 public:
  void found(const object::Finding&) override {}
  void progress(const object::VerifyTotals&) override {}
};

void warn(object::VerifyListener& listener, std::string what) {
  listener.found(
      {.is_error = false, .bucket = "", .key = "", .version_id = "", .what = std::move(what)});
}

// One directory holds the backups of one store: its blobs are kept or go by what they name.
Result<void> check_store(const BackupRoom& room, const std::string& store) {
  TRY(const auto records, room.records());
  if (records.empty() || records.back().store == store) return {};
  return fail(Code::kInvalid, room.path() + " holds the backups of another store");
}

// Adds the blobs that a kept backup needs. False when its rows can't be walked as they were when it
// was made; errors that were there then are no obstacle.
bool gather(BackupRoom& room, const BackupRecord& record, std::unordered_set<blob::BlobId>& named) {
  const auto view = room.rows().view(record.id);
  if (!view) return false;
  bool tables_good = false;
  Quiet quiet;
  object::VerifyArgs args = walk_args(**view, room.archive().store());
  args.options.bytes = false;
  args.verify_tables = [&] {
    const auto good = (*view)->verify_tables();
    tables_good = good.has_value();
    return good;
  };
  args.take = [&](const blob::BlobId& blob, std::uint64_t) {
    named.insert(blob);
    return std::optional<std::string>();
  };
  return object::verify(args, quiet).errors <= record.errors && tables_good;
}

// Removes all but the newest `keep` backups, then the blobs that no kept one names.
Result<void> prune(BackupRoom& room, std::uint32_t keep, object::VerifyListener& listener) {
  TRY(auto records, room.records());
  if (records.size() <= keep) return {};
  const auto kept = records.end() - static_cast<std::ptrdiff_t>(keep);
  for (auto at = records.begin(); at != kept; ++at) TRY_VOID(room.remove(*at));
  std::unordered_set<blob::BlobId> named;
  for (auto at = kept; at != records.end(); ++at) {
    if (gather(room, *at, named)) continue;
    warn(listener, "backup " + std::to_string(at->id) +
                       " is damaged: blobs that older backups left stay for now");
    return {};
  }
  std::vector<blob::BlobId> unnamed;
  TRY_VOID(room.archive().each([&](const blob::BlobId& blob, std::uint64_t) {
    if (!named.contains(blob)) unnamed.push_back(blob);
  }));
  for (const blob::BlobId& blob : unnamed) TRY_VOID(room.archive().remove(blob));
  return room.archive().sync();
}

BackupRecord to_record(const CopyWalk& walk) {
  BackupRecord out;
  const object::VerifyTotals& totals = walk.totals;
  out.complete = walk.is_whole();
  out.node_epoch = totals.node_epoch;
  out.acts = totals.acts;
  out.buckets = totals.buckets.size();
  out.objects = totals.objects;
  out.versions = totals.versions;
  out.bytes = totals.bytes;
  out.blobs = totals.live_blobs;
  out.blob_bytes = totals.live_blob_bytes;
  out.copied_blobs = walk.counts.blobs;
  out.copied_bytes = walk.counts.bytes;
  out.errors = totals.errors;
  out.lost_count = walk.lost_count;
  out.lost = walk.lost;
  return out;
}

// Everything of backup `id` but its record.
Result<BackupRecord> fill(BackupRoom& room, const BackupSource& source, std::uint32_t id,
                          BackupListener& listener) {
  TRY(auto keys, room.keep_keys(id, source.data));
  TRY(const kv::Backup rows, room.rows().find(id));
  TRY(const auto view, room.rows().view(id));
  const CopyWalk walk = copy_blobs(*view, source.blobs, room.archive(), listener);
  if (walk.failed) return std::unexpected(*walk.failed);
  if (walk.totals.stopped) return fail(Code::kClosed, "the backup was stopped");
  TRY_VOID(room.archive().sync());
  BackupRecord out = to_record(walk);
  out.id = id;
  out.rows_bytes = rows.bytes;
  out.keys = std::move(keys);
  return out;
}

}  // namespace

Result<BackupRecord> back_up(const BackupSource& source, const BackupOrder& order,
                             policy::Permit /*permit*/, BackupListener& listener) {
  TRY(const std::string store, store_id(source.data));
  TRY(const auto room, BackupRoom::open(order.to, source.pool));
  TRY_VOID(check_store(*room, store));
  TRY_VOID(room->remove_unfinished());
  std::optional<object::GarbageHold> hold;
  if (source.objects != nullptr) hold.emplace(source.objects->hold_garbage());
  const Time now = source.clock.now();
  TRY(const std::uint32_t id,
      source.rows.back_up(room->rows(), [&listener] { return listener.go_on(); }));
  auto record = fill(*room, source, id, listener);
  if (!record) {
    [[maybe_unused]] const auto gone = room->rows().remove(id);  // or with the next backup
    return record;
  }
  record->store = store;
  record->time = std::chrono::floor<std::chrono::milliseconds>(now);
  TRY_VOID(room->publish(*record));
  hold.reset();
  if (order.keep > 0 && record->complete) {
    const auto pruned = prune(*room, order.keep, listener);
    if (!pruned) warn(listener, "older backups could not be removed: " + pruned.error().what);
  }
  return record;
}

Result<BackupRecord> back_up_offline(const std::string& data, const BackupOrder& order,
                                     BackupListener& listener) {
  TRY(const fs::Dir dir, open_store_directory(data));
  TRY(const fs::Fd lock, dir.lock(kLockFile));
  const SystemClock clock;
  Pool pool(2);
  TRY(const auto rows, meta::open_rocks_store({.directory = data + "/rows"}, clock));
  TRY(const auto blobs, BlobsAtHand::open(dir));
  TRY(const policy::Permit permit,
      control::may_back_up(control::verify_acts(*rows).state, order.site));
  return back_up({*rows, blobs->store(), nullptr, dir, pool, clock}, order, permit, listener);
}

Result<VerifiedBackup> verify_backup(const std::string& from, const std::string& which,
                                     object::VerifyListener& listener) {
  TRY(const auto room, BackupRoom::look(from));
  TRY(const auto records, room->records());
  VerifiedBackup out;
  TRY(out.record, choose(records, which));
  std::uint64_t errors = 0;
  const auto judge = [&](const Result<void>& result) {
    if (result) return;
    ++errors;
    listener.found({true, "", "", "", result.error().what});
  };
  judge(room->rows().verify(out.record.id));
  for (const auto& [name, digest] : out.record.keys) {
    const auto bytes = room->key_file(out.record, name);
    judge(bytes ? Result<void>() : std::unexpected(bytes.error()));
  }
  Pool pool(2);
  blob::FileOptions options;
  options.directory = room->blobs_path();
  options.read_only = true;
  const auto blobs = blob::open_file_store(options, pool);
  judge(blobs ? Result<void>() : std::unexpected(blobs.error()));
  const auto view = room->rows().view(out.record.id);
  judge(view ? Result<void>() : std::unexpected(view.error()));
  if (blobs && view) out.totals = object::verify(walk_args(**view, **blobs), listener);
  out.totals.errors += errors;
  return out;
}

Result<std::vector<BackupRecord>> list_backups(const std::string& from) {
  TRY(const fs::Dir dir, open_backups(from));
  return read_records(dir);
}

}  // namespace muzn::server
