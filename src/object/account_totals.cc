#include "object/account_totals.h"

#include "object/row_keys.h"
#include "object/row_values.h"

namespace muzn::object {
namespace {

constexpr std::size_t kScanRows = 256;

Task<Outcome<std::vector<std::pair<meta::ShardId, Usage>>>> count_buckets(meta::Store& rows,
                                                                          std::string owner) {
  std::vector<std::pair<meta::ShardId, Usage>> out;
  std::string from = row::owned_prefix(owner);
  const std::string to = meta::after_prefix(from);
  for (;;) {
    CO_TRY(const auto owned, co_await rows.scan_once(meta::kNamesShard, from, to, kScanRows));
    for (const meta::Row& one : owned) {
      CO_TRY(const meta::ShardId shard, row::decode_number(one.value));
      CO_TRY(const auto usage, co_await shard_usage(rows, shard));
      if (usage) out.emplace_back(shard, *usage);
    }
    if (owned.size() < kScanRows) co_return out;
    from = owned.back().key + '\0';
  }
}

}  // namespace

Task<Outcome<std::optional<Usage>>> shard_usage(meta::Store& rows, meta::ShardId shard) {
  std::string from = row::shard();
  CO_TRY(const auto found, co_await rows.scan_once(shard, from, from + '\0', 1));
  if (found.empty()) co_return std::optional<Usage>();
  CO_TRY(const row::Shard state, row::decode_shard(found.front().value));
  if (state.state == row::ShardState::kDead) co_return std::optional<Usage>();
  Usage out;
  from = row::kCounterTag;
  const std::string to = meta::after_prefix(from);
  for (;;) {
    CO_TRY(const auto counters, co_await rows.scan_once(shard, from, to, kScanRows));
    for (const meta::Row& one : counters) {
      CO_TRY(const row::Counters sums, row::decode_counters(one.value));
      out += Usage{sums.objects, sums.bytes, sums.part_bytes};
    }
    if (counters.size() < kScanRows) co_return std::optional(out);
    from = counters.back().key + '\0';
  }
}

AccountTotals::Begun AccountTotals::begin(const std::string& account, Usage& out) {
  const std::lock_guard lock(mutex_);
  const auto found = totals_.find(account);
  if (found != totals_.end()) out = found->second;
  if (is_busy_) return found == totals_.end() ? Begun::kBusy : Begun::kKnown;
  is_busy_ = true;
  return Begun::kMine;
}

void AccountTotals::end() {
  std::vector<Waiter> waiting;
  {
    const std::lock_guard lock(mutex_);
    is_busy_ = false;
    waiting.swap(waiting_);
  }
  for (const Waiter& one : waiting) one.executor->post(one.handle);
}

Task<Outcome<Usage>> AccountTotals::of(std::string account) {
  for (;;) {
    Usage known;
    switch (begin(account, known)) {
      case Begun::kKnown:
        co_return known;
      case Begun::kBusy:
        co_await Turn{*this};
        continue;
      case Begun::kMine:
        break;
    }
    auto out = co_await count(std::move(account));
    end();
    co_return out;
  }
}

Task<Outcome<Usage>> AccountTotals::count(std::string account) {
  changes_.watch();
  // Taken before anything is read: what is committed from here on is noted for the next call.
  UsageChanges::Changes changes = changes_.take();
  auto refreshed = co_await refresh(changes);
  if (!refreshed) {
    changes_.give_back(std::move(changes));
    co_return std::unexpected(std::move(refreshed).error());
  }
  bool is_new = false;
  {
    const std::lock_guard lock(mutex_);
    is_new = !totals_.contains(account);
  }
  if (is_new) {
    CO_TRY(const Counted counted, co_await count_all(account));
    adopt(account, counted);
  }
  const std::lock_guard lock(mutex_);
  co_return totals_.at(account);
}

Task<Outcome<void>> AccountTotals::refresh(const UsageChanges::Changes& changes) {
  for (const auto& [owner, shard] : changes.buckets) {
    const std::lock_guard lock(mutex_);
    const auto found = totals_.find(owner);
    if (found != totals_.end()) buckets_.try_emplace(shard, Bucket{&found->second, {}});
  }
  // A new bucket has nothing before a commit of its own, which is noted as well.
  for (const meta::ShardId shard : changes.shards) {
    const auto found = buckets_.find(shard);
    if (found == buckets_.end()) continue;  // of an account that nobody asked for
    CO_TRY(const auto usage, co_await shard_usage(rows_, shard));
    set(found->second, usage.value_or(Usage()));
    if (!usage) buckets_.erase(found);
  }
  co_return Outcome<void>{};
}

void AccountTotals::set(Bucket& bucket, const Usage& usage) {
  const std::lock_guard lock(mutex_);
  *bucket.account -= bucket.own;
  *bucket.account += usage;
  bucket.own = usage;
}

void AccountTotals::adopt(const std::string& account, const Counted& counted) {
  const std::lock_guard lock(mutex_);
  Usage& sum = totals_[account];
  for (const auto& [shard, usage] : counted) {
    sum += usage;
    buckets_.insert_or_assign(shard, Bucket{&sum, usage});
  }
}

// Of many buckets that takes a while: not on the loop, which has others to serve.
Task<Outcome<AccountTotals::Counted>> AccountTotals::count_all(std::string account) {
  co_return co_await offload(pool_,
                             [this, &account] { return run_sync(count_buckets(rows_, account)); });
}

}  // namespace muzn::object
