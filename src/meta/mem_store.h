// An engine of rows in memory, with the contract of meta::Store but durability: the model of the
// property tests and the engine of unit tests. Threads: safe.
#pragma once
#include <map>
#include <mutex>

#include "meta/store.h"

namespace muzn::meta {

class MemStore final : public Store {
 public:
  Task<Result<std::optional<std::string>>> get(ShardId shard, std::string key) override;
  Task<Result<std::vector<Row>>> scan(ShardId shard, std::string from, std::string to,
                                      std::size_t limit) override;
  Task<Result<std::vector<Row>>> scan_back(ShardId shard, std::string from, std::string to,
                                           std::size_t limit) override;
  Task<Result<void>> commit(Commit commit) override;
  Task<Result<void>> destroy(ShardId shard) override;
  StoreFigures figures() const override;

 private:
  Result<void> apply(const Commit& commit);

  mutable std::mutex mutex_;  // guards all below
  std::map<std::pair<ShardId, std::string>, std::string> rows_;
  StoreFigures figures_;
};

}  // namespace muzn::meta
