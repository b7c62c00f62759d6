// The sweeper: gives back what no version needs.
#include <algorithm>

#include "object/lock_time.h"
#include "object/row_keys.h"
#include "object/shard.h"
#include "object/sweep_pass.h"
#include "object/uploads.h"
#include "object/verbs.h"

namespace muzn::object {
Task<Outcome<std::uint64_t>> SweepPass::all() {
  engine_.fresh_garbage.take(engine_.clock.monotonic_micros());  // this pass sees it
  const Step intent = &SweepPass::sweep_intent;
  const Step bucket = &SweepPass::sweep_bucket;
  Outcome<void> done = co_await each_row(meta::kNamesShard, row::kIntentTag, intent);
  if (goes_on(done)) note(done, co_await each_row(meta::kNamesShard, row::kBucketTag, bucket));
  // Whether any bucket has locks is not known when not all were seen.
  if (done && !is_stopped_) note(done, co_await keep_lock_time());
  if (!done) co_return std::unexpected(std::move(done).error());
  co_return discarded_;
}

Task<Outcome<std::uint64_t>> SweepPass::fresh() {
  if (is_held()) co_return 0;
  Outcome<void> done;
  const auto shards = engine_.fresh_garbage.take(engine_.clock.monotonic_micros());
  for (const auto& [shard, sequence] : shards) {
    note(done, co_await sweep_garbage(shard, row::garbage(engine_.epoch, sequence)));
    if (!goes_on(done) || is_stopped_) break;
  }
  if (!done) co_return std::unexpected(std::move(done).error());
  co_return discarded_;
}

bool SweepPass::goes_on(const Outcome<void>& step) {
  return step || (step.error().fault == Fault::kStorage && step.error().code == Code::kUnavailable);
}

void SweepPass::note(Outcome<void>& so_far, Outcome<void> next) {
  if (so_far || !goes_on(next)) so_far = std::move(next);
}

Task<Outcome<void>> SweepPass::each_row(meta::ShardId shard, char tag, Step step) {
  Outcome<void> out;
  std::string from(1, tag);
  const std::string to = meta::after_prefix(from);
  for (;;) {
    CO_TRY(const auto rows, co_await engine_.rows.scan(shard, from, to, kScanRows));
    for (const meta::Row& one : rows) {
      note(out, co_await (this->*step)(shard, one));
      if (!goes_on(out) || is_stopped_) co_return out;
    }
    if (rows.size() < kScanRows) co_return out;
    from = rows.back().key + '\0';
  }
}

bool SweepPass::is_due(Time time, std::int64_t seconds) const {
  return now_ - time >= std::chrono::seconds(seconds);
}

Task<Outcome<void>> SweepPass::discard(std::vector<blob::BlobId> blobs) {
  for (std::size_t at = 0; at < blobs.size(); at += kBlobsAtOnce) {
    const auto begin = blobs.begin() + static_cast<std::ptrdiff_t>(at);
    const std::size_t count = std::min(kBlobsAtOnce, blobs.size() - at);
    std::vector<blob::BlobId> some(begin, begin + static_cast<std::ptrdiff_t>(count));
    const std::int64_t began = engine_.clock.monotonic_micros();
    CO_TRY_VOID(co_await engine_.blobs.discard_all(std::move(some)));
    discarded_ += count;
    spend(engine_.clock.monotonic_micros() - began);
  }
  co_return Outcome<void>{};
}

// A pass that is to end finishes what it has begun, without a pause.
void SweepPass::spend(std::int64_t micros) {
  SweepHost* const host = engine_.options.sweep_host;
  if (host != nullptr && !is_stopped_) is_stopped_ = !host->spend(micros);
}

Task<Outcome<void>> SweepPass::erase(meta::ShardId shard, std::vector<std::string> row_keys) {
  meta::Commit commit;
  commit.shard = shard;
  for (std::string& key : row_keys) commit.erase(std::move(key));
  CO_TRY_VOID(co_await engine_.rows.commit(std::move(commit)));
  co_return Outcome<void>{};
}

// ---- names shard ----

Task<Outcome<void>> SweepPass::sweep_intent(meta::ShardId names, const meta::Row& row) {
  CO_TRY(const row::Intent intent, row::decode_intent(row.value));
  const bool fenced = intent.epoch < engine_.epoch;
  if (intent.kind == row::Intent::Kind::kDead) {
    if (is_held()) co_return Outcome<void>{};
    CO_TRY(const bool busy, co_await has_own_pendings(intent.shard));
    if (busy) co_return Outcome<void>{};
    CO_TRY(const bool is_gone, co_await empty_dead_shard(intent.shard));
    if (!is_gone) co_return Outcome<void>{};
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

Task<Outcome<bool>> SweepPass::has_own_pendings(meta::ShardId shard) {
  const std::string from = row::pending(engine_.epoch, 0);
  const std::string to = meta::after_prefix(std::string(1, row::kPendingTag));
  CO_TRY(const auto rows, co_await engine_.rows.scan(shard, from, to, 1));
  co_return !rows.empty();
}

Task<Outcome<bool>> SweepPass::has_records(meta::ShardId shard) {
  const std::string from(1, row::kRecordTag);
  CO_TRY(const auto rows, co_await engine_.rows.scan(shard, from, meta::after_prefix(from), 1));
  co_return !rows.empty();
}

// All blobs that a dead shard's rows name go, then the rows. Not while somebody reads what was
// deleted there.
Task<Outcome<bool>> SweepPass::empty_dead_shard(meta::ShardId shard) {
  const std::string garbage(1, row::kGarbageTag);
  CO_TRY_VOID(co_await each_row(shard, row::kPendingTag, &SweepPass::discard_pending));
  CO_TRY_VOID(co_await sweep_garbage(shard, garbage));
  CO_TRY(const auto left,
         co_await engine_.rows.scan(shard, garbage, meta::after_prefix(garbage), 1));
  if (!left.empty()) co_return false;
  CO_TRY_VOID(co_await each_row(shard, row::kPartTag, &SweepPass::discard_part));
  // Records of what was done there may be in no log yet.
  CO_TRY(const bool keeps_records, co_await has_records(shard));
  if (is_stopped_ || keeps_records) co_return false;
  CO_TRY_VOID(co_await engine_.rows.destroy(shard));
  co_return true;
}

Task<Outcome<void>> SweepPass::sweep_bucket(meta::ShardId, const meta::Row& row) {
  CO_TRY(const Bucket bucket, row::decode_bucket(row.value));
  has_locks_ |= bucket.object_lock;
  CO_TRY(const auto found, co_await engine_.rows.get(bucket.shard, row::shard()));
  if (!found) co_return Outcome<void>{};  // deleted meanwhile
  CO_TRY(row::Shard shard, row::decode_shard(*found));
  if (shard.state == row::ShardState::kSealed) {
    CO_TRY(shard.state, co_await decide_sealed(engine_, bucket));
  }
  if (shard.state == row::ShardState::kDead) co_return co_await bury(engine_, bucket);
  const Step pending = &SweepPass::sweep_pending;
  const Step done = &SweepPass::sweep_done;
  Outcome<void> out = co_await each_row(bucket.shard, row::kPendingTag, pending);
  if (goes_on(out)) note(out, co_await sweep_garbage(bucket.shard, {row::kGarbageTag}));
  if (goes_on(out)) note(out, co_await each_row(bucket.shard, row::kDoneTag, done));
  const Step renamed = &SweepPass::sweep_renamed;
  if (goes_on(out)) note(out, co_await each_row(bucket.shard, row::kRenameTag, renamed));
  co_return out;
}

// A store without locks keeps no time for them: it would only stand still while nobody looks.
Task<Outcome<void>> SweepPass::keep_lock_time() {
  if (has_locks_) co_return co_await object::keep_lock_time(engine_);
  CO_TRY(const auto found, co_await engine_.rows.get(meta::kNodeShard, row::node_lock_time()));
  if (!found) co_return Outcome<void>{};
  co_return co_await erase(meta::kNodeShard, {row::node_lock_time()});
}

// ---- bucket shard ----

Task<Outcome<void>> SweepPass::discard_pending(meta::ShardId, const meta::Row& row) {
  CO_TRY(const blob::BlobId blob, row::decode_pending(row.value));
  co_return co_await discard({blob});
}

// Also while garbage is held: what is pending was never published.
Task<Outcome<void>> SweepPass::sweep_pending(meta::ShardId shard, const meta::Row& row) {
  CO_TRY(const row::OwnedSequence owner, row::parse_sequence(row.key));
  if (owner.epoch >= engine_.epoch) co_return Outcome<void>{};  // its writer may go on
  CO_TRY_VOID(co_await discard_pending(shard, row));
  co_return co_await erase(shard, {row.key});
}

Task<Outcome<void>> SweepPass::discard_part(meta::ShardId, const meta::Row& row) {
  CO_TRY(const Part part, row::decode_part(row.value));
  if (part.segment.size > 0) co_return co_await discard({part.segment.blob});
  co_return Outcome<void>{};
}

// Parts of an ended upload: the blobs of used ones belong to the manifest.
Task<Outcome<void>> SweepPass::sweep_done(meta::ShardId shard, const meta::Row& row) {
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
    std::int64_t counted = 0;
    for (const meta::Row& one : rows) {
      CO_TRY(const Part part, row::decode_part(one.value));
      if (!std::ranges::binary_search(done.used_parts, part.number)) {
        CO_TRY_VOID(co_await discard_part(shard, one));
        const bool is_released = std::ranges::binary_search(done.released_parts, part.number);
        if (!is_released) counted += static_cast<std::int64_t>(part.segment.size);
      }
      commit.erase(one.key);
    }
    if (done.counts && counted > 0) {
      commit.add(row::counters(engine_.epoch), row::encode_counters({.part_bytes = -counted}));
    }
    CO_TRY_VOID(co_await engine_.rows.commit(std::move(commit)));
  }
  const std::int64_t keep = done.completed ? engine_.options.done_seconds : 0;
  if (!is_due(done.time, keep)) co_return Outcome<void>{};
  co_return co_await erase(shard, {row.key});
}

Task<Outcome<void>> SweepPass::sweep_renamed(meta::ShardId shard, const meta::Row& row) {
  CO_TRY(const row::Renamed renamed, row::decode_renamed(row.value));
  if (!is_due(renamed.time, engine_.options.done_seconds)) co_return Outcome<void>{};
  co_return co_await erase(shard, {row.key});
}

Task<Outcome<std::uint64_t>> sweep(Engine& engine) {
  SweepPass pass(engine);
  co_return co_await pass.all();
}

Task<Outcome<std::uint64_t>> sweep_fresh(Engine& engine) {
  SweepPass pass(engine);
  co_return co_await pass.fresh();
}

}  // namespace muzn::object
