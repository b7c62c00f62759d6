#include "object/lock_time.h"

#include "object/row_keys.h"
#include "object/row_values.h"

namespace muzn::object {

Task<Outcome<void>> keep_lock_time(Engine& engine) {
  const auto micros = static_cast<std::uint64_t>(to_micros(engine.locks.now()));
  meta::Commit commit;
  commit.shard = meta::kNodeShard;
  commit.put(row::node_lock_time(), row::encode_number(micros));
  CO_TRY_VOID(co_await engine.rows.commit(std::move(commit)));
  co_return Outcome<void>{};
}

Task<Result<Time>> kept_lock_time(meta::Store& rows, const Clock& clock) {
  CO_TRY(const auto found, co_await rows.get(meta::kNodeShard, row::node_lock_time()));
  if (!found) co_return clock.now();
  CO_TRY(const std::uint64_t micros, row::decode_number(*found));
  co_return from_micros(static_cast<std::int64_t>(micros));
}

}  // namespace muzn::object
