#include "object/usage_changes.h"

#include <iterator>

#include "object/row_keys.h"
#include "object/row_values.h"

namespace muzn::object {
namespace {

// What a commit to a bucket's shard, or to the names shard, changes of usage.
UsageChanges::Changes changes_of(const meta::Commit& commit) {
  UsageChanges::Changes out;
  for (const meta::Mutation& one : commit.mutations) {
    const bool is_put = one.kind == meta::Mutation::Kind::kPut;
    if (commit.shard >= meta::kFirstBucketShard) {
      // The shard's own row: it may die with what it counts.
      const bool counts = one.kind == meta::Mutation::Kind::kAdd ||
                          (is_put && one.key.size() == 1 && one.key == row::shard());
      if (counts) out.shards.insert(commit.shard);
    } else if (commit.shard == meta::kNamesShard && is_put && one.key.starts_with(row::kOwnerTag)) {
      const auto shard = row::decode_number(one.value);
      const std::size_t end = one.key.find('\0');
      if (shard && end != std::string::npos) {
        out.buckets.emplace_back(one.key.substr(1, end - 1), *shard);
      }
    }
  }
  return out;
}

}  // namespace

void UsageChanges::watch() {
  const std::lock_guard lock(mutex_);
  is_watched_ = true;
}

UsageChanges::Changes UsageChanges::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(changes_, {});
}

void UsageChanges::give_back(Changes changes) {
  const std::lock_guard lock(mutex_);
  if (!is_watched_) return;
  changes_.shards.merge(changes.shards);
  std::ranges::move(changes.buckets, std::back_inserter(changes_.buckets));
}

Task<Result<void>> WatchedRows::commit(meta::Commit commit) {
  UsageChanges::Changes changes = changes_of(commit);
  auto out = co_await below_.commit(std::move(commit));
  const bool changed_nothing = !out && out.error().code == Code::kPrecondition;
  if (!changed_nothing && !(changes.shards.empty() && changes.buckets.empty())) {
    changes_.note(std::move(changes));
  }
  co_return out;
}

}  // namespace muzn::object
