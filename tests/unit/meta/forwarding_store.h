// A store that passes everything on to another one: what stores of tests, which meddle with one
// thing or two, begin with.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "meta/store.h"

namespace muzn::meta {

// Borrows the other one.
class ForwardingStore : public Store {
 public:
  explicit ForwardingStore(Store& below) : below_(below) {}

  Task<Result<std::optional<std::string>>> get(ShardId shard, std::string key) override {
    return below_.get(shard, std::move(key));
  }
  Task<Result<std::vector<Row>>> scan(ShardId shard, std::string from, std::string to,
                                      std::size_t limit) override {
    return below_.scan(shard, std::move(from), std::move(to), limit);
  }
  Task<Result<std::vector<Row>>> scan_back(ShardId shard, std::string from, std::string to,
                                           std::size_t limit) override {
    return below_.scan_back(shard, std::move(from), std::move(to), limit);
  }
  Task<Result<void>> commit(Commit commit) override { return below_.commit(std::move(commit)); }
  Task<Result<void>> destroy(ShardId shard) override { return below_.destroy(shard); }
  StoreFigures figures() const override { return below_.figures(); }

 protected:
  Store& below() { return below_; }

 private:
  Store& below_;
};

}  // namespace muzn::meta
