#include "object/pending.h"

#include "object/row_keys.h"

namespace muzn::object {

Task<Outcome<Pending>> begin_blob(Engine& engine, OpenShard& shard, std::uint64_t size_hint,
                                  Places places) {
  Pending out;
  out.shard = shard.id();
  out.row_key = row::pending(engine.epoch, engine.next_sequence());
  out.blob = engine.new_blob_id(size_hint, places);
  for (;;) {
    meta::Commit commit = begin_commit(shard);
    commit.put(out.row_key, row::encode_pending(out.blob));
    auto committed = co_await engine.rows.commit(std::move(commit));
    if (committed) co_return out;
    if (committed.error().code != Code::kPrecondition) {
      co_return std::unexpected<Failure>(std::move(committed).error());
    }
    CO_TRY_VOID(co_await reopen_shard(engine, shard));
  }
}

Task<void> drop_blob(Engine& engine, Pending pending) {
  const auto discarded = co_await engine.blobs.discard(pending.blob);
  if (!discarded) co_return;
  meta::Commit commit;
  commit.shard = pending.shard;
  commit.erase(pending.row_key);
  const auto committed = co_await engine.rows.commit(std::move(commit));
  (void)committed;  // a row that stays names no blob, which is harmless
}

}  // namespace muzn::object
