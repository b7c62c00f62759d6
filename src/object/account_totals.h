// What accounts store in all their buckets, kept as sums: an account is counted once, and then
// again only what has changed. Internal to object/.
#pragma once
#include <coroutine>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/pool.h"
#include "object/store.h"
#include "object/usage_changes.h"

namespace muzn::object {

// What the shard's counters say; nullopt: it is dead, or gone. Drives nothing out of a cache.
Task<Outcome<std::optional<Usage>>> shard_usage(meta::Store& rows, meta::ShardId shard);

// Threads: safe. One call counts at a time; the others take what it has found before, or wait.
// An account that was asked for is kept: some 100 bytes for each of its buckets.
class AccountTotals {
 public:
  // Borrowed.
  AccountTotals(meta::Store& rows, UsageChanges& changes, Pool& pool)
      : rows_(rows), changes_(changes), pool_(pool) {}

  // As Store::account_usage().
  Task<Outcome<Usage>> of(std::string account);

 private:
  using Counted = std::vector<std::pair<meta::ShardId, Usage>>;
  struct Bucket {
    Usage* account = nullptr;  // its sum, in totals_
    Usage own;
  };
  struct Waiter {
    Executor* executor = nullptr;
    std::coroutine_handle<> handle;
  };
  // co_await Turn{*this}  goes on when nobody counts, for a moment at least.
  struct Turn {
    AccountTotals& totals;
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> self) {
      const std::lock_guard lock(totals.mutex_);
      if (!totals.is_busy_) return false;
      totals.waiting_.push_back({self.promise().executor, self});
      return true;
    }
    void await_resume() const noexcept {}
  };
  enum class Begun : std::uint8_t { kMine, kKnown, kBusy };

  // kKnown: another call counts; `out` is what the account had before.
  Begun begin(const std::string& account, Usage& out);
  void end();
  // These are whose turn it is.
  Task<Outcome<Usage>> count(std::string account);
  Task<Outcome<void>> refresh(const UsageChanges::Changes& changes);
  Task<Outcome<Counted>> count_all(std::string account);
  void set(Bucket& bucket, const Usage& usage);
  void adopt(const std::string& account, const Counted& counted);

  meta::Store& rows_;
  UsageChanges& changes_;
  Pool& pool_;
  std::mutex mutex_;  // guards is_busy_, waiting_ and totals_
  bool is_busy_ = false;
  std::vector<Waiter> waiting_;
  std::map<std::string, Usage> totals_;                // nodes stay where they are
  std::unordered_map<meta::ShardId, Bucket> buckets_;  // of whose turn it is
};

}  // namespace muzn::object
