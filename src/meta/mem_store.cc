#include "meta/mem_store.h"

#include "meta/overlay.h"

namespace muzn::meta {
namespace {

using Rows = std::map<FullKey, std::string>;

class MapSource final : public RowSource {
 public:
  explicit MapSource(const Rows& rows) : rows_(rows) {}
  Result<std::optional<std::string>> read(const FullKey& key) override {
    const auto found = rows_.find(key);
    if (found == rows_.end()) return std::optional<std::string>{};
    return std::optional<std::string>{found->second};
  }

 private:
  const Rows& rows_;
};

// The first row at or after the end of the range [from, to) of `shard`.
Rows::const_iterator range_end(const Rows& rows, ShardId shard, const std::string& to) {
  if (!to.empty()) return rows.lower_bound({shard, to});
  if (shard == ~ShardId{0}) return rows.end();
  return rows.lower_bound({shard + 1, ""});
}

bool is_empty_range(const std::string& from, const std::string& to) {
  return !to.empty() && from >= to;
}

}  // namespace

Task<Result<std::optional<std::string>>> MemStore::get(ShardId shard, std::string key) {
  const std::lock_guard lock(mutex_);
  co_return MapSource(rows_).read({shard, std::move(key)});
}

Task<Result<std::vector<Row>>> MemStore::scan(ShardId shard, std::string from, std::string to,
                                              std::size_t limit) {
  std::vector<Row> out;
  if (is_empty_range(from, to)) co_return out;
  const std::lock_guard lock(mutex_);
  const auto end = range_end(rows_, shard, to);
  for (auto at = rows_.lower_bound({shard, from}); at != end && out.size() < limit; ++at) {
    out.push_back({at->first.second, at->second});
  }
  co_return out;
}

Task<Result<std::vector<Row>>> MemStore::scan_back(ShardId shard, std::string from, std::string to,
                                                   std::size_t limit) {
  std::vector<Row> out;
  if (is_empty_range(from, to)) co_return out;
  const std::lock_guard lock(mutex_);
  const auto begin = rows_.lower_bound({shard, from});
  auto at = range_end(rows_, shard, to);
  while (at != begin && out.size() < limit) {
    --at;
    out.push_back({at->first.second, at->second});
  }
  co_return out;
}

Result<void> MemStore::apply(const Commit& commit) {
  MapSource source(rows_);
  Overlay overlay(source);
  TRY_VOID(overlay.apply(commit));
  for (const auto& [key, value] : overlay.changes()) {
    if (value) {
      rows_.insert_or_assign(key, *value);
    } else {
      rows_.erase(key);
    }
  }
  ++figures_.commits;
  ++figures_.syncs;
  return {};
}

Task<Result<void>> MemStore::commit(Commit commit) {
  const std::lock_guard lock(mutex_);
  co_return apply(commit);
}

Task<Result<void>> MemStore::destroy(ShardId shard) {
  const std::lock_guard lock(mutex_);
  rows_.erase(rows_.lower_bound({shard, ""}), range_end(rows_, shard, ""));
  co_return Result<void>{};
}

StoreFigures MemStore::figures() const {
  const std::lock_guard lock(mutex_);
  return figures_;
}

}  // namespace muzn::meta
