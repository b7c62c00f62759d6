#include "server/recover.h"

#include <fmt/format.h>

#include "base/system.h"
#include "blob/archive.h"
#include "blob/file_store.h"
#include "control/act_list.h"
#include "control/controller.h"
#include "control/ledger.h"
#include "crypto/ed25519.h"
#include "meta/mem_store.h"
#include "meta/rocks_store.h"
#include "object/store.h"
#include "server/backup_room.h"
#include "server/backup_walk.h"
#include "server/blobs_at_hand.h"
#include "server/keys.h"
#include "server/offline.h"
#include "server/rotation.h"

namespace muzn::server {
namespace {

constexpr std::size_t kReadBytes = 16 * blob::kBlockBytes;
// Labels are stamped before the commit, and clocks are not perfect.
constexpr auto kSlack = std::chrono::minutes(5);

Result<void> check_damaged(const RecoverOrder& order) {
  if (order.although_open) return {};
  const auto rows = meta::RocksView::open({.directory = order.data + "/rows"});
  if (!rows) return {};
  return fail(Code::kInvalid, "the rows in " + order.data +
                                  " open: run `muzn engine check`, and recover with "
                                  "--although-open if it finds rotten rows");
}

// Whether every byte of the blob can be read and verified.
bool is_sound(blob::Store& blobs, const blob::BlobId& id, std::uint64_t size) {
  const auto reader = run_sync(blobs.open(id));
  if (!reader || (*reader)->size() != size) return false;
  for (std::uint64_t at = 0; at < size; at += kReadBytes) {
    if (!run_sync((*reader)->read(at, kReadBytes))) return false;
  }
  return true;
}

class Recovery {
 public:
  Recovery(const RecoverOrder& order, const fs::Dir& data, RecoverListener& listener)
      : order_(order), data_(data), listener_(listener) {}

  Result<Recovered> run() {
    const auto seconds = to_micros(clock_.now()) / 1'000'000;
    const std::string fresh = fmt::format("rows.recovered-{}", seconds);
    out_.made = data_.path() + "/" + fresh;
    if (!order_.from.empty()) TRY_VOID(from_backup());
    TRY_VOID(adopt());
    if (!order_.apply) return std::move(out_);
    TRY_VOID(repair_blobs());
    // The rows may have lost the log's end: it must not be signed again.
    if (data_.exists(kLogKeyFile)) {
      TRY_VOID(data_.rename(kLogKeyFile, fmt::format("{}.retired-{}", kLogKeyFile, seconds)));
    }
    if (data_.exists("rows")) {
      const std::string damaged = fmt::format("rows.damaged-{}", seconds);
      TRY_VOID(data_.rename("rows", damaged));
      out_.damaged = data_.path() + "/" + damaged;
    }
    TRY_VOID(data_.rename(fresh, "rows"));
    TRY_VOID(data_.sync());
    out_.made = data_.path() + "/rows";
    return std::move(out_);
  }

 private:
  Result<void> from_backup() {
    TRY(room_, BackupRoom::look(order_.from));
    TRY(const auto records, room_->records());
    TRY(out_.backup, choose(records, order_.backup));
    const auto own = store_id(data_);  // not known when the key is lost, too
    if (own && *own != out_.backup->store) {
      return fail(Code::kInvalid, room_->path() + " holds the backups of another store");
    }
    TRY_VOID(room_->rows().verify(out_.backup->id));
    TRY(out_.rows,
        meta::recover_rows(room_->rows(), out_.backup->id, data_.path() + "/rows", out_.made));
    return {};
  }

  // Without a backup: a new store's rows, whose operator owns what is found.
  Result<std::string> begin_control(meta::Store& rows) {
    if (room_) return std::string();
    TRY(auto root, root_keys(data_, rng_, order_.root.access_key, order_.root.secret_key));
    TRY(auto sealing_key, master_key(data_, rng_));
    // The acts get their leaves from the server, when it starts: here is no log of its to go on.
    meta::MemStore nowhere;
    TRY(auto signer, merkle::Signer::make("muzn.invalid/recover", merkle::KeyType::kEd25519,
                                          rng_.bytes(crypto::kEd25519SeedBytes)));
    TRY(const auto log, run_sync(tlog::open_log(nowhere, std::move(signer), {})));
    const auto publisher = tlog::publish_at_once(*log);
    merkle::Policy policy;
    policy.logs.push_back({.key = log->key(), .url = ""});
    TRY(const auto controller, run_sync(control::open_controller(
                                   rows, {*log, *publisher, policy, {}}, clock_, rng_,
                                   std::move(sealing_key), std::move(root.keys), order_.region)));
    const control::Snapshot state = controller->state();
    TRY_VOID(run_sync(control::forget_leaves(rows, state->acts)));
    return state->operator_account().id;
  }

  // The master key may have been changed since the backup, which has the one of then.
  Result<void> reseal_older(meta::Store& rows) {
    const bool rotating = data_.exists(kNextMasterKeyFile);
    if (!room_ || !(rotating || data_.exists(kMasterKeyFile))) return {};
    TRY(const std::string to,
        read_master_key(data_, rotating ? kNextMasterKeyFile : kMasterKeyFile));
    TRY(std::string text, room_->key_file(*out_.backup, kMasterKeyFile));
    TRY(const std::string from, parse_master_key(std::move(text), "the backup's master key"));
    return from == to ? Result<void>{} : reseal(rows, rng_, from, to);
  }

  Result<void> adopt() {
    TRY(const auto rows, meta::open_rocks_store({.directory = out_.made}, clock_));
    TRY_VOID(reseal_older(*rows));
    TRY(auto owner, begin_control(*rows));
    TRY(const auto blobs, BlobsAtHand::open(data_));
    TRY(const auto objects,
        run_sync(object::open_store(*rows, blobs->store(), pool_, clock_, rng_, {})));
    object::AdoptArgs args;
    if (out_.backup) args.since = out_.backup->time - kSlack;
    args.create_buckets = true;
    args.owner = std::move(owner);
    args.region = order_.region;
    args.complete_uploads = order_.complete_uploads;
    args.apply = true;  // the rows are not in use yet
    args.list_blobs = [&](const blob::FileListing& visit) {
      return list_blobs(blobs->store(), visit);
    };
    args.tell = [this](const object::AdoptEvent& event) {
      ++out_.adopted[event.what];
      listener_.adopted(event);
    };
    const auto done = run_sync(objects->adopt(std::move(args)));
    if (!done) return std::unexpected(Error{done.error().code, done.error().what});
    return {};
  }

  // What the new rows name and is not whole comes from the backup.
  Result<void> repair_blobs() {
    TRY(const auto rows, meta::RocksView::open({.directory = out_.made}));
    TRY(const auto at_hand, BlobsAtHand::open(data_));
    blob::Store& blobs = at_hand->store();
    std::unique_ptr<blob::Store> kept;
    if (room_) {
      blob::FileOptions backup;
      backup.directory = room_->blobs_path();
      backup.read_only = true;
      TRY(kept, blob::open_file_store(backup, pool_));
    }
    TRY(const auto archive, blob::Archive::open(data_.path() + "/blobs", pool_));
    std::optional<Error> failed;
    object::VerifyArgs args = walk_args(*rows, blobs);
    args.take = [&](const blob::BlobId& id, std::uint64_t size) -> std::optional<std::string> {
      if (failed || is_sound(blobs, id, size)) return std::nullopt;
      if (!blobs.check_up(id)) {
        ++out_.lost_blobs;
        return "lies on a volume that is down";
      }
      return copy(id, size, *archive, kept.get(), blobs, failed);
    };
    object::verify(args, listener_);
    if (failed) return std::unexpected(*failed);
    return archive->sync();
  }

  // What is wrong with it afterwards. `failed`: of writing, which ends the repair.
  std::optional<std::string> copy(const blob::BlobId& id, std::uint64_t size, blob::Archive& to,
                                  blob::Store* kept, blob::Store& blobs,
                                  std::optional<Error>& failed) {
    bool found = false;
    if (kept != nullptr) {
      const auto copied = to.add(id, size, *kept);
      if (!copied) failed = copied.error();
      found = copied && !copied->bad;
    }
    if (found && is_sound(blobs, id, size)) {
      ++out_.copied_blobs;
      return std::nullopt;
    }
    ++out_.lost_blobs;
    if (!found) return "is lost";
    return "its rotten file on another volume hides the one of the backup: remove that file";
  }

  const RecoverOrder& order_;
  const fs::Dir& data_;
  RecoverListener& listener_;
  SystemClock clock_;
  SystemRng rng_;
  Pool pool_{2};
  std::unique_ptr<BackupRoom> room_;
  Recovered out_;
};

}  // namespace

Result<Recovered> recover(const RecoverOrder& order, RecoverListener& listener) {
  TRY(const fs::Dir data, fs::Dir::open(order.data));
  if (!data.exists("blobs/format")) {
    return fail(Code::kNotFound, "there is no store in " + order.data);
  }
  TRY(const fs::Fd lock, data.lock(kLockFile));
  TRY_VOID(check_damaged(order));
  return Recovery(order, data, listener).run();
}

}  // namespace muzn::server
