#include "object/garbage.h"

#include "object/row_keys.h"

namespace muzn::object {

// Told although the commit may fail yet: then a pass comes a little early.
void stage_garbage(Engine& engine, meta::Commit& commit, row::Garbage garbage,
                   std::uint64_t bytes) {
  garbage.time = engine.clock.now();
  const std::uint64_t sequence = engine.next_sequence();
  commit.put(row::garbage(engine.epoch, sequence), row::encode(garbage));
  engine.fresh_garbage.note(commit.shard, sequence);
  if (engine.options.sweep_host != nullptr) engine.options.sweep_host->made_garbage(bytes);
}

}  // namespace muzn::object
