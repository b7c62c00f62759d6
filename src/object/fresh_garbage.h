// Which shards have garbage that came of late, so that a pass of the sweeper need not walk them
// all, nor what lies there from before. Internal to object/.
#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <utility>

#include "meta/store.h"

namespace muzn::object {

// Threads: safe.
class FreshGarbage {
 public:
  using Shards = std::map<meta::ShardId, std::uint64_t>;  // with the first sequence of each

  // A garbage row of this epoch is on its way: its commit comes yet.
  void note(meta::ShardId shard, std::uint64_t sequence) {
    const std::lock_guard lock(mutex_);
    keep_first(noted_, shard, sequence);
  }
  // What was noted since the last call, and within kAgainMicros before it: of commits that were
  // under way then, and of readers that have ended since. `now`: monotonic micros.
  Shards take(std::int64_t now) {
    const std::lock_guard lock(mutex_);
    while (!taken_.empty() && now - taken_.front().first > kAgainMicros) taken_.pop_front();
    taken_.emplace_back(now, std::exchange(noted_, {}));
    Shards out;
    for (const auto& [time, shards] : taken_) {
      for (const auto& [shard, sequence] : shards) keep_first(out, shard, sequence);
    }
    return out;
  }

 private:
  static constexpr std::int64_t kAgainMicros = 2'000'000;

  static void keep_first(Shards& shards, meta::ShardId shard, std::uint64_t sequence) {
    const auto [at, is_new] = shards.try_emplace(shard, sequence);
    if (!is_new && sequence < at->second) at->second = sequence;
  }

  std::mutex mutex_;  // guards all below
  Shards noted_;
  std::deque<std::pair<std::int64_t, Shards>> taken_;  // by when
};

}  // namespace muzn::object
