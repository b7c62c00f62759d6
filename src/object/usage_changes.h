// Which buckets' counters have changed, for who keeps sums of them. Internal to object/.
#pragma once
#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "meta/store.h"

namespace muzn::object {

// Threads: safe.
class UsageChanges {
 public:
  struct Changes {
    std::set<meta::ShardId> shards;                              // counted differently, or dead
    std::vector<std::pair<std::string, meta::ShardId>> buckets;  // new ones, with their owners
  };

  // From now on changes are kept.
  void watch();
  // What was committed since the last call, as far as its commit() has returned.
  Changes take();
  // What was taken in vain.
  void give_back(Changes changes);
  void note(Changes changes) { give_back(std::move(changes)); }

 private:
  std::mutex mutex_;  // guards all below
  bool is_watched_ = false;
  Changes changes_;
};

// The rows below, and a note of each commit that changes what a bucket's usage is. Noted when it is
// in the rows: who takes the note and reads the counters sees them as they are.
class WatchedRows final : public meta::Store {
 public:
  // Borrowed.
  WatchedRows(meta::Store& below, UsageChanges& changes) : below_(below), changes_(changes) {}

  Task<Result<std::optional<std::string>>> get(meta::ShardId shard, std::string key) override {
    return below_.get(shard, std::move(key));
  }
  Task<Result<std::vector<meta::Row>>> scan(meta::ShardId shard, std::string from, std::string to,
                                            std::size_t limit) override {
    return below_.scan(shard, std::move(from), std::move(to), limit);
  }
  Task<Result<std::vector<meta::Row>>> scan_once(meta::ShardId shard, std::string from,
                                                 std::string to, std::size_t limit) override {
    return below_.scan_once(shard, std::move(from), std::move(to), limit);
  }
  Task<Result<std::vector<meta::Row>>> scan_back(meta::ShardId shard, std::string from,
                                                 std::string to, std::size_t limit) override {
    return below_.scan_back(shard, std::move(from), std::move(to), limit);
  }
  Task<Result<void>> commit(meta::Commit commit) override;
  Task<Result<void>> destroy(meta::ShardId shard) override { return below_.destroy(shard); }
  meta::StoreFigures figures() const override { return below_.figures(); }
  const meta::Tables* tables() const override { return below_.tables(); }

 private:
  meta::Store& below_;
  UsageChanges& changes_;
};

}  // namespace muzn::object
