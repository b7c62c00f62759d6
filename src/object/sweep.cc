// The sweeper: gives back what no version needs. Every step is idempotent and resumable, and a
// blob goes before the row that names it.
#include <algorithm>

#include "object/row_keys.h"
#include "object/shard.h"
#include "object/uploads.h"
#include "object/verbs.h"

namespace muzn::object {
namespace {

constexpr std::size_t kScanRows = 256;

// Sweeps one shard, or the intents of the names shard.
class Sweeper {
 public:
  explicit Sweeper(Engine& engine) : engine_(engine), now_(engine.clock.now()) {}

  Task<Outcome<std::uint64_t>> run() {
    CO_TRY_VOID(co_await each_row(meta::kNamesShard, row::kIntentTag, &Sweeper::sweep_intent));
    CO_TRY_VOID(co_await each_row(meta::kNamesShard, row::kBucketTag, &Sweeper::sweep_bucket));
    co_return discarded_;
  }

 private:
  using Step = Task<Outcome<void>> (Sweeper::*)(meta::ShardId shard, const meta::Row& row);

  Task<Outcome<void>> each_row(meta::ShardId shard, char tag, Step step) {
    std::string from(1, tag);
    const std::string to = meta::after_prefix(from);
    for (;;) {
      CO_TRY(const auto rows, co_await engine_.rows.scan(shard, from, to, kScanRows));
      for (const meta::Row& one : rows) CO_TRY_VOID(co_await (this->*step)(shard, one));
      if (rows.size() < kScanRows) co_return Outcome<void>{};
      from = rows.back().key + '\0';
    }
  }

  bool is_due(Time time, std::int64_t seconds) const {
    return now_ - time >= std::chrono::seconds(seconds);
  }

  // See garbage_hold.h. Ask after the row that calls something garbage was read.
  bool is_held() const { return *engine_.garbage_holds > 0; }

  Task<Outcome<void>> discard(blob::BlobId blob) {
    CO_TRY_VOID(co_await engine_.blobs.discard(std::move(blob)));
    ++discarded_;
    co_return Outcome<void>{};
  }

  Task<Outcome<void>> erase(meta::ShardId shard, std::string row_key) {
    meta::Commit commit;
    commit.shard = shard;
    commit.erase(std::move(row_key));
    CO_TRY_VOID(co_await engine_.rows.commit(std::move(commit)));
    co_return Outcome<void>{};
  }

  // ---- names shard ----

  Task<Outcome<void>> sweep_intent(meta::ShardId names, const meta::Row& row) {
    CO_TRY(const row::Intent intent, row::decode_intent(row.value));
    const bool fenced = intent.epoch < engine_.epoch;
    if (intent.kind == row::Intent::Kind::kDead) {
      if (!is_due(intent.time, engine_.options.garbage_seconds)) co_return Outcome<void>{};
      if (is_held()) co_return Outcome<void>{};
      CO_TRY(const bool busy, co_await has_own_pendings(intent.shard));
      if (busy) co_return Outcome<void>{};
      CO_TRY_VOID(co_await empty_dead_shard(intent.shard));
    } else if (!fenced) {
      co_return Outcome<void>{};
    } else if (intent.kind == row::Intent::Kind::kCreate) {
      // The commit that names the bucket erases the intent, so that the shard is nobody's.
      CO_TRY_VOID(co_await engine_.rows.destroy(intent.shard));
    }
    // A delete that died: sweep_bucket() decides the shard if it was sealed. Compared, since a
    // delete of now may have written the row again.
    meta::Commit commit;
    commit.shard = names;
    commit.require(row.key, row.value);
    commit.erase(row.key);
    auto committed = co_await engine_.rows.commit(std::move(commit));
    if (!committed && committed.error().code != Code::kPrecondition) {
      co_return std::unexpected<Failure>(std::move(committed).error());
    }
    co_return Outcome<void>{};
  }

  Task<Outcome<bool>> has_own_pendings(meta::ShardId shard) {
    const std::string from = row::pending(engine_.epoch, 0);
    const std::string to = meta::after_prefix(std::string(1, row::kPendingTag));
    CO_TRY(const auto rows, co_await engine_.rows.scan(shard, from, to, 1));
    co_return !rows.empty();
  }

  // All blobs that a dead shard's rows name go, then the rows.
  Task<Outcome<void>> empty_dead_shard(meta::ShardId shard) {
    CO_TRY_VOID(co_await each_row(shard, row::kPendingTag, &Sweeper::discard_pending));
    CO_TRY_VOID(co_await each_row(shard, row::kGarbageTag, &Sweeper::discard_garbage));
    CO_TRY_VOID(co_await each_row(shard, row::kPartTag, &Sweeper::discard_part));
    CO_TRY_VOID(co_await engine_.rows.destroy(shard));
    co_return Outcome<void>{};
  }

  Task<Outcome<void>> sweep_bucket(meta::ShardId, const meta::Row& row) {
    CO_TRY(const Bucket bucket, row::decode_bucket(row.value));
    CO_TRY(const auto found, co_await engine_.rows.get(bucket.shard, row::shard()));
    if (!found) co_return Outcome<void>{};  // deleted meanwhile
    CO_TRY(row::Shard shard, row::decode_shard(*found));
    if (shard.state == row::ShardState::kSealed) {
      CO_TRY(shard.state, co_await decide_sealed(engine_, bucket));
    }
    if (shard.state == row::ShardState::kDead) co_return co_await bury(engine_, bucket);
    CO_TRY_VOID(co_await each_row(bucket.shard, row::kPendingTag, &Sweeper::sweep_pending));
    CO_TRY_VOID(co_await each_row(bucket.shard, row::kGarbageTag, &Sweeper::sweep_garbage));
    CO_TRY_VOID(co_await each_row(bucket.shard, row::kDoneTag, &Sweeper::sweep_done));
    co_return Outcome<void>{};
  }

  // ---- bucket shard ----

  Task<Outcome<void>> discard_pending(meta::ShardId, const meta::Row& row) {
    CO_TRY(const blob::BlobId blob, row::decode_pending(row.value));
    co_return co_await discard(blob);
  }

  // Also while garbage is held: what is pending was never published.
  Task<Outcome<void>> sweep_pending(meta::ShardId shard, const meta::Row& row) {
    CO_TRY(const row::OwnedSequence owner, row::parse_sequence(row.key));
    if (owner.epoch >= engine_.epoch) co_return Outcome<void>{};  // its writer may go on
    CO_TRY_VOID(co_await discard_pending(shard, row));
    co_return co_await erase(shard, row.key);
  }

  Task<Outcome<void>> discard_garbage(meta::ShardId shard, const meta::Row& row) {
    CO_TRY(const row::Garbage garbage, row::decode_garbage(row.value));
    if (!garbage.blob.empty()) co_return co_await discard(garbage.blob);
    const std::string manifest_key = row::manifest(garbage.key, garbage.stamp);
    CO_TRY(const auto found, co_await engine_.rows.get(shard, manifest_key));
    if (!found) co_return Outcome<void>{};
    CO_TRY(const auto parts, row::decode_manifest(*found));
    for (const Part& part : parts) {
      if (part.segment.size > 0) CO_TRY_VOID(co_await discard(part.segment.blob));
    }
    co_return co_await erase(shard, manifest_key);
  }

  Task<Outcome<void>> sweep_garbage(meta::ShardId shard, const meta::Row& row) {
    CO_TRY(const row::Garbage garbage, row::decode_garbage(row.value));
    if (!is_due(garbage.time, engine_.options.garbage_seconds)) co_return Outcome<void>{};
    if (is_held()) co_return Outcome<void>{};
    CO_TRY_VOID(co_await discard_garbage(shard, row));
    co_return co_await erase(shard, row.key);
  }

  Task<Outcome<void>> discard_part(meta::ShardId, const meta::Row& row) {
    CO_TRY(const Part part, row::decode_part(row.value));
    if (part.segment.size > 0) co_return co_await discard(part.segment.blob);
    co_return Outcome<void>{};
  }

  // Parts of an ended upload: the blobs of used ones belong to the manifest.
  Task<Outcome<void>> sweep_done(meta::ShardId shard, const meta::Row& row) {
    CO_TRY(const row::Done done, row::decode_done(row.value));
    if (is_held()) co_return Outcome<void>{};
    CO_TRY(const row::UploadKey upload, row::parse_upload(std::string_view(row.key).substr(1)));
    const std::string from = row::part_prefix(upload.key, upload.upload_id);
    const std::string to = meta::after_prefix(from);
    for (;;) {
      CO_TRY(const auto rows, co_await engine_.rows.scan(shard, from, to, kScanRows));
      if (rows.empty()) break;
      meta::Commit commit;
      commit.shard = shard;
      for (const meta::Row& one : rows) {
        CO_TRY(const Part part, row::decode_part(one.value));
        if (!std::ranges::binary_search(done.used_parts, part.number)) {
          CO_TRY_VOID(co_await discard_part(shard, one));
        }
        commit.erase(one.key);
      }
      CO_TRY_VOID(co_await engine_.rows.commit(std::move(commit)));
    }
    const std::int64_t keep = done.completed ? engine_.options.done_seconds : 0;
    if (!is_due(done.time, keep)) co_return Outcome<void>{};
    co_return co_await erase(shard, row.key);
  }

  Engine& engine_;
  const Time now_;
  std::uint64_t discarded_ = 0;
};

}  // namespace

Task<Outcome<std::uint64_t>> sweep(Engine& engine) {
  Sweeper sweeper(engine);
  co_return co_await sweeper.run();
}

}  // namespace muzn::object
