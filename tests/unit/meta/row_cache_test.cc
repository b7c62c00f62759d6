#include "meta/row_cache.h"

#include <atomic>
#include <thread>

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

std::uint64_t number_of(const std::optional<std::string>& row) {
  return row ? std::stoull(*row) : 0;
}

// Over the whole store: what a reader has seen it never sees undone, and a commit that returned is
// seen by all.
TEST(RowCache, ReadersNeverGoBack) {
  RocksEngine engine;
  Store& store = engine.store();
  constexpr std::uint64_t kCommits = 300;
  constexpr int kRows = 3;
  std::array<std::atomic<std::uint64_t>, kRows> committed{};
  std::atomic<bool> done = false;
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      std::array<std::uint64_t, kRows> seen{};
      while (!done) {
        for (std::size_t row = 0; row < kRows; ++row) {
          const std::uint64_t least = std::max<std::uint64_t>(committed.at(row), seen.at(row));
          seen.at(row) = number_of(get(store, kShard, "row" + std::to_string(row)));
          EXPECT_GE(seen.at(row), least);
        }
      }
    });
  }
  for (std::uint64_t n = 1; n <= kCommits; ++n) {
    const std::size_t row = n % kRows;
    ASSERT_TRUE(put(store, kShard, "row" + std::to_string(row), std::to_string(n)));
    committed.at(row) = n;
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_GT(store.figures().row_cache_hits, 0U);
  ASSERT_TRUE(run_sync(store.destroy(kShard)));
  EXPECT_EQ(get(store, kShard, "row0"), std::nullopt);
}

}  // namespace
}  // namespace muzn::meta
