// The sweeper's way with garbage: many blobs at a time, and one commit for the rows of all.
#include "object/row_keys.h"
#include "object/sweep_pass.h"

namespace muzn::object {
Task<Outcome<void>> SweepPass::sweep_garbage(meta::ShardId shard, std::string from) {
  Outcome<void> out;
  const std::string to = meta::after_prefix(std::string(1, row::kGarbageTag));
  for (;;) {
    CO_TRY(const auto rows, co_await engine_.rows.scan(shard, from, to, kScanRows));
    note(out, co_await sweep_garbage_rows(shard, rows));
    if (!goes_on(out) || is_stopped_ || rows.size() < kScanRows) co_return out;
    from = rows.back().key + '\0';
  }
}

Task<Outcome<void>> SweepPass::sweep_garbage_rows(meta::ShardId shard,
                                                  const std::vector<meta::Row>& rows) {
  if (rows.empty()) co_return Outcome<void>{};
  // Since the rows were read: whoever looks later finds what stands in their place.
  const bool waits = engine_.options.knows_all_readers && !has_lost_patience_;
  const bool lookups_are_through = waits && engine_.readers.wait_for_looks();
  if (waits && !lookups_are_through) has_lost_patience_ = true;

  Outcome<void> out;
  std::vector<Doomed> some;
  std::size_t blobs = 0;
  for (const meta::Row& row : rows) {
    auto one = co_await doomed(shard, row, lookups_are_through);
    if (!one) {
      note(out, std::unexpected(std::move(one).error()));
      break;
    }
    if (!*one) continue;
    blobs += (*one)->blobs.size();
    some.push_back(**std::move(one));
    if (blobs < kBlobsAtOnce) continue;
    note(out, co_await take_away(shard, std::exchange(some, {})));
    if (!goes_on(out) || is_stopped_) co_return out;
    blobs = 0;
  }
  note(out, co_await take_away(shard, std::move(some)));
  co_return out;
}

bool SweepPass::may_go(const row::Garbage& garbage, const std::vector<blob::BlobId>& blobs,
                       bool lookups_are_through) const {
  if (is_due(garbage.time, engine_.options.garbage_seconds)) return true;
  return lookups_are_through && (blobs.empty() || !engine_.readers.is_held(blobs.front()));
}

Task<Outcome<std::optional<SweepPass::Doomed>>> SweepPass::doomed(meta::ShardId shard,
                                                                  const meta::Row& row,
                                                                  bool lookups_are_through) {
  CO_TRY(row::Garbage garbage, row::decode_garbage(row.value));
  Doomed out;
  if (!garbage.blob.empty()) {
    out.blobs.push_back(garbage.blob);
  } else {
    std::string manifest_key = row::manifest(garbage.key, garbage.stamp);
    CO_TRY(const auto found, co_await engine_.rows.get(shard, manifest_key));
    if (found) {
      CO_TRY(const auto parts, row::decode_manifest(*found));
      for (const Part& part : parts) {
        if (part.segment.size > 0) out.blobs.push_back(part.segment.blob);
      }
      out.rows.push_back(std::move(manifest_key));
    }
  }
  if (!may_go(garbage, out.blobs, lookups_are_through)) co_return std::nullopt;
  out.rows.push_back(row.key);
  co_return out;
}

Task<Outcome<void>> SweepPass::take_away(meta::ShardId shard, std::vector<Doomed> some) {
  if (some.empty() || is_held()) co_return Outcome<void>{};
  Doomed all;
  for (const Doomed& one : some) {
    all.blobs.insert(all.blobs.end(), one.blobs.begin(), one.blobs.end());
    all.rows.insert(all.rows.end(), one.rows.begin(), one.rows.end());
  }
  const auto gone = co_await discard(std::move(all.blobs));
  if (gone) co_return co_await erase(shard, std::move(all.rows));
  // One that can't go keeps its own row only.
  Outcome<void> out = gone;
  for (Doomed& one : some) {
    if (!goes_on(out)) co_return out;
    auto alone = co_await discard(std::move(one.blobs));
    if (alone) alone = co_await erase(shard, std::move(one.rows));
    note(out, std::move(alone));
  }
  co_return out;
}

}  // namespace muzn::object
