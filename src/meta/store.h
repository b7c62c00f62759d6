// Rows in shards: the transactional half of an engine.
//
// Invariants every engine keeps:
//  1. commit() is atomic and durable (on stable storage) when it returns success, in one shard.
//  2. After an error other than kPrecondition nothing is promised but that a later read tells
//     whether the commit happened as a whole or not at all.
//  3. get() and scan() see every commit that returned before they began.
//  4. Any failed write or sync fails the store closed for writes (kUnavailable); reads go on.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/latency.h"
#include "base/task.h"

namespace muzn::meta {

using ShardId = std::uint64_t;
// Fixed shards; bucket shards are numbered from kFirstBucketShard by the names shard's counter.
inline constexpr ShardId kNodeShard = 0;     // node epoch, format version, shard counter
inline constexpr ShardId kControlShard = 1;  // acts of control state
inline constexpr ShardId kNamesShard = 2;    // bucket names and their map rows
inline constexpr ShardId kFirstBucketShard = 1024;

struct Row {
  std::string key;
  std::string value;
  bool operator==(const Row&) const = default;
};

// The row must hold exactly `value`, or be absent when nullopt.
struct Precondition {
  std::string key;
  std::optional<std::string> value;
};

struct Mutation {
  enum class Kind : std::uint8_t {
    kPut,
    kErase,
    kAdd,  // value and row are little-endian int64 arrays; adds element by element (absent = 0)
  };
  Kind kind = Kind::kPut;
  std::string key;
  std::string value;
};

struct Commit {
  ShardId shard = 0;
  std::vector<Precondition> preconditions;
  std::vector<Mutation> mutations;

  void require(std::string key, std::optional<std::string> value) {
    preconditions.push_back({std::move(key), std::move(value)});
  }
  void put(std::string key, std::string value) {
    mutations.push_back({Mutation::Kind::kPut, std::move(key), std::move(value)});
  }
  void erase(std::string key) { mutations.push_back({Mutation::Kind::kErase, std::move(key), {}}); }
  void add(std::string key, std::string deltas) {
    mutations.push_back({Mutation::Kind::kAdd, std::move(key), std::move(deltas)});
  }
};

struct StoreFigures {
  std::uint64_t commits = 0;
  std::uint64_t syncs = 0;  // commits / syncs = group size
  std::uint64_t commit_micros_total = 0;
  LatencyCounts commit_latency;
  std::uint64_t bytes_on_disk = 0;
  // Of the cache of rows in front of the engine, where it has one.
  std::uint64_t row_cache_hits = 0;
  std::uint64_t row_cache_misses = 0;
  std::uint64_t row_cache_bytes = 0;
  std::uint64_t row_cache_capacity = 0;
  // Of the engine's own cache of blocks of rows.
  std::uint64_t cache_hits = 0;
  std::uint64_t cache_misses = 0;
  std::uint64_t cache_bytes = 0;
  std::uint64_t cache_capacity = 0;
  bool failed = false;  // closed for writes
};

// The files that rows lie in at rest, where an engine has such files: what a scrub reads besides
// the rows, since a file also holds what newer rows hide. Threads: safe. Calls block.
class Tables {
 public:
  virtual ~Tables() = default;
  // The numbers of the tables there are now, ascending; a newer table has a greater one.
  virtual std::vector<std::uint64_t> list() const = 0;
  // Reads one table and verifies its checksums. `go_on` is called before each read with its size;
  // false ends it with kUnavailable. A table that is gone by now is a success. Errors: kCorrupt,
  // kUnavailable.
  virtual Result<void> verify(std::uint64_t number,
                              const std::function<bool(std::uint64_t)>& go_on) const = 0;
};

class Store {
 public:
  virtual ~Store() = default;

  // nullopt when absent. Errors: kCorrupt, kUnavailable.
  virtual Task<Result<std::optional<std::string>>> get(ShardId shard, std::string key) = 0;

  // Rows with from <= key < to in byte order, at most `limit`; `to` empty = to the shard's end.
  virtual Task<Result<std::vector<Row>>> scan(ShardId shard, std::string from, std::string to,
                                              std::size_t limit) = 0;
  // As scan(), for walks of everything: what it reads drives nothing else out of a cache.
  virtual Task<Result<std::vector<Row>>> scan_once(ShardId shard, std::string from, std::string to,
                                                   std::size_t limit) {
    return scan(shard, std::move(from), std::move(to), limit);
  }
  // Downwards: rows with from <= key < to, last first.
  virtual Task<Result<std::vector<Row>>> scan_back(ShardId shard, std::string from, std::string to,
                                                   std::size_t limit) = 0;

  // Applies all mutations when all preconditions hold. Mutations apply in order.
  // Errors: kPrecondition (nothing changed), kNoSpace, kUnavailable.
  virtual Task<Result<void>> commit(Commit commit) = 0;

  // Removes every row of a shard; idempotent, need not be atomic, resumable by calling again.
  virtual Task<Result<void>> destroy(ShardId shard) = 0;

  virtual StoreFigures figures() const = 0;

  // Borrowed; null: this engine has none.
  virtual const Tables* tables() const { return nullptr; }
};

// The smallest key greater than every key with this prefix; "" when there is none.
std::string after_prefix(std::string prefix);

}  // namespace muzn::meta
