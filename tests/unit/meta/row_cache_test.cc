#include "meta/row_cache.h"

#include <array>
#include <atomic>
#include <map>
#include <mutex>
#include <thread>

#include "meta/full_key.h"
#include "unit/meta/engines.h"

namespace muzn::meta {
namespace {

constexpr ShardId kShard = kFirstBucketShard;
constexpr std::size_t kBytes = 1U << 20;

std::optional<std::string> find(RowCache& cache, std::string_view key) {
  RowCache::Ticket ticket;
  return cache.find(kShard, key, &ticket);
}

RowCache::Ticket ticket_for(RowCache& cache, std::string_view key) {
  RowCache::Ticket ticket;
  EXPECT_EQ(cache.find(kShard, key, &ticket), std::nullopt);
  return ticket;
}

void keep(RowCache& cache, std::string_view key, std::string_view value) {
  cache.offer(ticket_for(cache, key), kShard, key, value);
}

Changes change(std::string key, std::optional<std::string> value) {
  return {{FullKey{kShard, std::move(key)}, std::move(value)}};
}

TEST(RowCache, KeepsWhatItIsOffered) {
  RowCache cache(kBytes);
  keep(cache, "a", "1");
  EXPECT_EQ(find(cache, "a"), "1");
  EXPECT_EQ(find(cache, "b"), std::nullopt);
  RowCache::Ticket ticket;
  EXPECT_EQ(cache.find(kShard + 1, "a", &ticket), std::nullopt);
  EXPECT_EQ(cache.figures().hits, 1U);
  EXPECT_EQ(cache.figures().misses, 3U);
  EXPECT_GT(cache.figures().bytes, 2U);
}

// Others of the same commit are kept as ever.
TEST(RowCache, KeepsNothingThatNobodyReads) {
  RowCache cache(kBytes, [](ShardId, std::string_view key) { return key.starts_with('e'); });
  Changes changes = change("e1", "row");
  changes.merge(change("a", "1"));
  cache.begin_change(changes);
  cache.end_change(std::move(changes));
  EXPECT_EQ(find(cache, "a"), "1");
  EXPECT_EQ(find(cache, "e1"), std::nullopt);
  keep(cache, "e1", "row");
  EXPECT_EQ(find(cache, "e1"), std::nullopt);
}

TEST(RowCache, NobodyFindsARowUnderChange) {
  RowCache cache(kBytes);
  keep(cache, "a", "1");
  const Changes changes = change("a", "2");
  cache.begin_change(changes);
  EXPECT_EQ(find(cache, "a"), std::nullopt);
  keep(cache, "a", "1");  // a reader that came before the database had it
  EXPECT_EQ(find(cache, "a"), std::nullopt);
  cache.end_change(changes);
  EXPECT_EQ(find(cache, "a"), "2");
}

TEST(RowCache, AnErasedRowIsGone) {
  RowCache cache(kBytes);
  keep(cache, "a", "1");
  const Changes changes = change("a", std::nullopt);
  cache.begin_change(changes);
  cache.end_change(changes);
  EXPECT_EQ(find(cache, "a"), std::nullopt);
}

// Such rows are for scans.
TEST(RowCache, ARowWithoutAValueIsNotKept) {
  RowCache cache(kBytes);
  keep(cache, "a", "1");
  const Changes changes = change("a", "");
  cache.begin_change(changes);
  cache.end_change(changes);
  EXPECT_EQ(find(cache, "a"), std::nullopt);
  EXPECT_EQ(cache.figures().bytes, 0U);
}

// A reader reads, is overtaken by a whole change, and comes with what it read.
TEST(RowCache, WhatWasReadBeforeAChangeIsNotKept) {
  for (const std::optional<std::string>& value :
       {std::optional<std::string>("2"), std::optional<std::string>()}) {
    RowCache cache(kBytes);
    const RowCache::Ticket ticket = ticket_for(cache, "a");
    const Changes changes = change("a", value);
    cache.begin_change(changes);
    cache.end_change(changes);
    cache.offer(ticket, kShard, "a", "1");
    EXPECT_EQ(find(cache, "a"), value);
  }
}

TEST(RowCache, NorWhatWasReadBeforeAllWasCleared) {
  RowCache cache(kBytes);
  keep(cache, "b", "1");
  const RowCache::Ticket ticket = ticket_for(cache, "a");
  cache.clear();
  cache.offer(ticket, kShard, "a", "1");
  EXPECT_EQ(find(cache, "a"), std::nullopt);
  EXPECT_EQ(find(cache, "b"), std::nullopt);
  EXPECT_EQ(cache.figures().bytes, 0U);
}

// Whether the write happened is not known then.
TEST(RowCache, AfterAFailedChangeOnlyTheDatabaseAnswers) {
  RowCache cache(kBytes);
  keep(cache, "a", "1");
  cache.begin_change(change("a", "2"));
  for (int i = 0; i < 100'000; ++i) keep(cache, "other" + std::to_string(i), "1");
  keep(cache, "a", "1");
  EXPECT_EQ(find(cache, "a"), std::nullopt);
}

TEST(RowCache, IsBounded) {
  RowCache cache(kBytes);
  for (int i = 0; i < 100'000; ++i) {
    keep(cache, "key" + std::to_string(i), std::string(100, 'v'));
    if (i >= 100) ASSERT_EQ(find(cache, "key" + std::to_string(i)), std::string(100, 'v'));
    if (i % 10 == 0) EXPECT_TRUE(find(cache, "key0") || i < 10);  // what is used stays
  }
  EXPECT_LE(cache.figures().bytes, kBytes);
  EXPECT_GT(cache.figures().bytes, kBytes / 2);
  EXPECT_EQ(find(cache, "key1"), std::nullopt);

  keep(cache, "large", std::string(kBytes / 16, 'v'));
  EXPECT_EQ(find(cache, "large"), std::nullopt);
  const Changes changes = change("key0", std::string(kBytes / 16, 'v'));
  cache.begin_change(changes);
  cache.end_change(changes);
  EXPECT_EQ(find(cache, "key0"), std::nullopt);
  EXPECT_LE(cache.figures().bytes, kBytes);
}

TEST(RowCache, OfNoBytesKeepsNothing) {
  RowCache cache(0);
  keep(cache, "a", "1");
  const Changes changes = change("a", "2");
  cache.begin_change(changes);
  cache.end_change(changes);
  EXPECT_EQ(find(cache, "a"), std::nullopt);
  EXPECT_EQ(cache.figures().bytes, 0U);
}

// A database that ThreadSanitizer sees into.
class Table final : public kv::Rows {
 public:
  Result<std::optional<std::string>> get(std::string_view key) const override {
    const std::lock_guard lock(mutex_);
    const auto found = rows_.find(key);
    if (found == rows_.end()) return std::optional<std::string>();
    return std::optional<std::string>(found->second);
  }
  void put(const std::string& key, const std::string& value) {
    const std::lock_guard lock(mutex_);
    rows_[key] = value;
  }
  Result<void> scan(std::string_view, std::string_view, const Visit&) const override { return {}; }
  Result<void> scan_once(std::string_view, std::string_view, const Visit&) const override {
    return {};
  }
  Result<void> scan_back(std::string_view, std::string_view, const Visit&) const override {
    return {};
  }

 private:
  mutable std::mutex mutex_;  // guards rows_
  std::map<std::string, std::string, std::less<>> rows_;
};

// What a reader has seen it never sees undone, and a change that ended is seen by all.
TEST(RowCache, ReadersNeverGoBack) {
  RowCache cache(kBytes);
  Table table;
  constexpr std::uint64_t kChanges = 20'000;
  constexpr std::size_t kRows = 3;
  std::array<std::atomic<std::uint64_t>, kRows> changed{};
  std::atomic<bool> done = false;
  const auto read = [&](std::size_t row) -> std::uint64_t {
    const auto found = cached_get(cache, table, kShard, "row" + std::to_string(row)).value();
    return found ? std::stoull(*found) : 0;
  };
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      std::array<std::uint64_t, kRows> seen{};
      while (!done) {
        for (std::size_t row = 0; row < kRows; ++row) {
          const std::uint64_t least = std::max<std::uint64_t>(changed.at(row), seen.at(row));
          seen.at(row) = read(row);
          EXPECT_GE(seen.at(row), least);
        }
      }
    });
  }
  for (std::uint64_t n = 1; n <= kChanges; ++n) {
    const std::size_t row = n % kRows;
    const std::string key = "row" + std::to_string(row);
    const Changes changes = change(key, std::to_string(n));
    cache.begin_change(changes);
    table.put(encode_full_key(kShard, key), std::to_string(n));
    cache.end_change(changes);
    // What is not there is read from the table, while changes go on.
    if (n % 64 == 0) cache.clear();
    changed.at(row) = n;
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_GT(cache.figures().hits, 0U);
}

TEST(RowCache, GoesWithTheShard) {
  RocksEngine engine;
  ASSERT_TRUE(put(engine.store(), kShard, "a", "1"));
  EXPECT_EQ(get(engine.store(), kShard, "a"), "1");
  EXPECT_GT(engine.store().figures().row_cache_hits, 0U);
  ASSERT_TRUE(run_sync(engine.store().destroy(kShard)));
  EXPECT_EQ(get(engine.store(), kShard, "a"), std::nullopt);
}

}  // namespace
}  // namespace muzn::meta
