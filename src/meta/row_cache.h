// Rows that were read or written of late, in memory in front of a database: a database's own lookup
// costs as much as the whole rest of a small request. Never answers with a row that a commit has
// replaced.
//
// Life of a change: begin_change() -> the database is written -> end_change() -> its commits are
// answered. In between its rows are found by nobody, so that who reads them asks the database. A
// reader that missed takes a ticket before it asks the database, and what it then offers is kept
// only if no change of the row began since. To tell that, rows have guards, by their hash; a change
// of another row of the same guard costs a reader the cache, no more.
#pragma once
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "kv/rows.h"
#include "meta/overlay.h"

namespace muzn::meta {

struct RowCacheFigures {
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  std::uint64_t bytes = 0;  // rows and an estimate of what holds them
  std::uint64_t capacity = 0;
};

// Threads: safe; changes one at a time.
class RowCache {
 public:
  // Rows that nobody reads by their key, so that they would only drive others out.
  using Unread = bool (*)(ShardId shard, std::string_view key);
  // 0 keeps nothing; nor is what `unread` names ever kept (null: nothing is named).
  explicit RowCache(std::size_t bytes_max, Unread unread = nullptr);

  struct Ticket {
    std::uint64_t hash = 0;
    std::uint64_t guard = 1;  // as it was when the ticket was taken
    std::uint64_t clears = 0;
  };
  // The row's value, or nullopt (which is no answer) and a ticket for offer().
  std::optional<std::string> find(ShardId shard, std::string_view key, Ticket* ticket);
  // What the database answered after the ticket was taken.
  void offer(const Ticket& ticket, ShardId shard, std::string_view key, std::string_view value);

  // Around the write of `changes`. When it fails end_change() is not called, and what is in the
  // database is not known: then only the database answers for these rows. Rows without a value are
  // never kept: they are for scans.
  void begin_change(const Changes& changes);
  void end_change(Changes changes);
  // Before and after rows go without being named.
  void clear();

  RowCacheFigures figures() const;

 private:
  static constexpr std::size_t kStripes = 16;
  static constexpr std::size_t kGuards = 1U << 14;  // far more than the rows of a commit's group

  // Odd: a row is changing. Grows with each change.
  using Guard = std::atomic<std::uint64_t>;

  struct Entry {
    ShardId shard = 0;
    std::string key;
    std::string value;
    std::uint64_t hash = 0;
  };
  using Entries = std::list<Entry>;  // the one used last is in front
  struct Name {
    ShardId shard;
    std::string_view key;  // of the entry, or of who asks
    std::uint64_t hash;
    bool operator==(const Name& other) const { return shard == other.shard && key == other.key; }
  };
  struct TakeHash {
    std::size_t operator()(const Name& name) const { return name.hash; }
  };
  struct Stripe {
    mutable std::mutex mutex;  // guards all below
    Entries entries;
    std::unordered_map<Name, Entries::iterator, TakeHash> by_name;
    std::size_t bytes = 0;
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;
  };

  static Name name_of(ShardId shard, std::string_view key);
  static std::size_t size_of(const Entry& entry);
  static bool is_changing(std::uint64_t guard) { return guard % 2 == 1; }
  Stripe& stripe_of(std::uint64_t hash) { return stripes_[hash >> 60]; }
  Guard& guard_of(std::uint64_t hash) { return guards_[hash % kGuards]; }
  // These REQUIRE the stripe's mutex.
  static Entry& take_front(Stripe& stripe, const Name& name);
  static void erase(Stripe& stripe, Entries::iterator entry);
  void keep(Stripe& stripe, const Name& name, std::string value);
  bool is_unread(ShardId shard, std::string_view key) const {
    return unread_ != nullptr && unread_(shard, key);
  }

  const std::size_t stripe_bytes_max_;
  const Unread unread_;
  std::array<Stripe, kStripes> stripes_;
  std::vector<Guard> guards_;
  std::atomic<std::uint64_t> clears_ = 0;
};

// The row from the cache, or else from the database, and then the cache has it. Errors: those of
// kv::Rows::get().
Result<std::optional<std::string>> cached_get(RowCache& cache, const kv::Rows& database,
                                              ShardId shard, std::string_view key);

}  // namespace muzn::meta
