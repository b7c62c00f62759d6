#include "blob/hot_cache.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstring>
#include <map>
#include <random>
#include <thread>

#include "unit/blob/engines.h"

namespace muzn::blob {
namespace {

constexpr std::size_t kChunk = HotCache::kChunkBytes;
constexpr std::size_t kSlab = HotCache::kSlabBytes;
constexpr std::size_t kChunksOfSlab = kSlab / kChunk;

std::unique_ptr<HotCache> make(std::size_t slabs) {
  auto made = HotCache::make(slabs * kSlab);
  CHECK(made.has_value());
  return std::move(*made);
}

// What byte `at` of a chunk is: another in each blob, chunk and place.
char byte_of(unsigned blob, std::uint64_t number, std::size_t at) {
  return static_cast<char>((blob * 31 + number * 7 + at * 3 + at / 4096) & 0xff);
}

void fill(std::span<char> bytes, unsigned blob, std::uint64_t number) {
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = byte_of(blob, number, i);
}

bool is_right(std::string_view bytes, unsigned blob, std::uint64_t number, std::size_t from = 0) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] != byte_of(blob, number, from + i)) return false;
  }
  return true;
}

// A reader that misses. True: the cache took the chunk.
bool miss(HotCache& cache, unsigned blob, std::uint64_t number, std::size_t size = kChunk) {
  auto space = cache.admit(test_id(blob), number, size, size);
  if (!space) return false;
  fill(space->bytes(), blob, number);
  std::move(*space).publish();
  return true;
}

bool keep(HotCache& cache, unsigned blob, std::uint64_t number, std::size_t size = kChunk) {
  miss(cache, blob, number, size);
  return miss(cache, blob, number, size);
}

bool has(HotCache& cache, unsigned blob, std::uint64_t number) {
  return cache.find(test_id(blob), number * kChunk, 1).has_value();
}

TEST(HotCache, AdmitsAtTheSecondReading) {
  const auto cache = make(2);
  EXPECT_FALSE(has(*cache, 1, 0));
  EXPECT_FALSE(miss(*cache, 1, 0));
  EXPECT_FALSE(has(*cache, 1, 0));
  EXPECT_TRUE(miss(*cache, 1, 0));
  EXPECT_TRUE(has(*cache, 1, 0));
  EXPECT_FALSE(has(*cache, 1, 1));
  EXPECT_FALSE(has(*cache, 2, 0));
  EXPECT_FALSE(miss(*cache, 1, 0)) << "it is here already";
}

TEST(HotCache, ARoundOverMoreThanItHoldsAdmitsNothing) {
  const auto cache = make(2);
  for (int round = 0; round < 3; ++round) {
    for (unsigned i = 0; i < 3 * kChunksOfSlab; ++i) EXPECT_FALSE(miss(*cache, i, 0));
  }
  EXPECT_EQ(cache->figures().bytes, 0U);
}

TEST(HotCache, AnswersWithWhatWasAskedFor) {
  const auto cache = make(1);
  ASSERT_TRUE(keep(*cache, 1, 3, 100'000));
  const BlobId id = test_id(1);
  const auto whole = cache->find(id, 3 * kChunk, 1 << 20);
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->bytes.size(), 100'000U);
  EXPECT_TRUE(whole->lasting);
  EXPECT_TRUE(is_right(whole->bytes, 1, 3));
  const auto part = cache->find(id, 3 * kChunk + 70'000, 10);
  ASSERT_TRUE(part);
  EXPECT_EQ(part->bytes.size(), 10U);
  EXPECT_TRUE(is_right(part->bytes, 1, 3, 70'000));
  EXPECT_FALSE(cache->find(id, 3 * kChunk + 100'000, 1)) << "past the end of the blob";
  EXPECT_FALSE(cache->find(id, 3 * kChunk, 0));
}

TEST(HotCache, WhatLiesTogetherIsOnePiece) {
  const auto cache = make(2);
  for (std::uint64_t number = 0; number < 3; ++number) ASSERT_TRUE(keep(*cache, 1, number));
  ASSERT_TRUE(keep(*cache, 2, 0));
  ASSERT_TRUE(keep(*cache, 1, 3, 1000));
  const auto found = cache->find(test_id(1), 10, 1 << 30);
  ASSERT_TRUE(found);
  ASSERT_EQ(found->bytes.size(), 3 * kChunk - 10);
  for (std::uint64_t number = 0; number < 3; ++number) {
    const std::size_t skip = number == 0 ? 10 : 0;
    EXPECT_TRUE(
        is_right(found->bytes.substr(number * kChunk + skip - 10, kChunk - skip), 1, number, skip));
  }
  EXPECT_EQ(cache->find(test_id(1), 0, kChunk + 5)->bytes.size(), kChunk + 5);
}

TEST(HotCache, AnUnpublishedChunkIsNotFoundAndLeavesNothing) {
  const auto cache = make(1);
  miss(*cache, 1, 0);
  for (int i = 0; i < 100; ++i) {  // more than there is room for, were it kept
    const auto space = cache->admit(test_id(1), 0, kChunk, kChunk);
    ASSERT_TRUE(space);
    EXPECT_FALSE(has(*cache, 1, 0));
    EXPECT_FALSE(cache->admit(test_id(1), 0, kChunk, kChunk)) << "another reader brings it";
  }
  EXPECT_TRUE(miss(*cache, 1, 0));
  EXPECT_TRUE(has(*cache, 1, 0));
  EXPECT_EQ(cache->figures().emptied, 0U);
}

TEST(HotCache, KeepsWhatIsUsed) {
  const auto cache = make(4);
  ASSERT_TRUE(keep(*cache, 0, 0));
  for (unsigned i = 1; i < 200; ++i) {
    ASSERT_TRUE(keep(*cache, i, 0));
    ASSERT_TRUE(has(*cache, 0, 0)) << i;
    ASSERT_LE(cache->figures().bytes, 4 * kSlab);
  }
  EXPECT_FALSE(has(*cache, kChunksOfSlab, 0)) << "not in the slab of the one that is used";
  EXPECT_GT(cache->figures().emptied, 20U);
}

TEST(HotCache, BytesOnLoanStay) {
  const auto cache = make(1);
  ASSERT_TRUE(keep(*cache, 0, 0));
  {
    const auto loan = cache->find(test_id(0), 0, kChunk);
    for (unsigned i = 1; i < 30; ++i) keep(*cache, i, 0);
    EXPECT_TRUE(is_right(loan->bytes, 0, 0));
    EXPECT_FALSE(keep(*cache, 99, 0)) << "full, and on loan";
    cache->discard(test_id(0));
    EXPECT_FALSE(has(*cache, 0, 0));
    EXPECT_TRUE(is_right(loan->bytes, 0, 0));
  }
  EXPECT_TRUE(miss(*cache, 99, 0));
}

TEST(HotCache, DiscardGivesMemoryBack) {
  const auto cache = make(2);
  for (std::uint64_t number = 0; number < kChunksOfSlab; ++number) keep(*cache, 1, number);
  keep(*cache, 2, 0);
  EXPECT_EQ(cache->figures().bytes, 2 * kSlab);
  cache->discard(test_id(1));
  cache->discard(test_id(7));
  EXPECT_EQ(cache->figures().bytes, kSlab);
  EXPECT_FALSE(has(*cache, 1, 0));
  EXPECT_TRUE(has(*cache, 2, 0));
}

TEST(HotCache, ABlobDiscardedWhileItIsBroughtIsNotFound) {
  const auto cache = make(1);
  miss(*cache, 1, 0);
  auto space = cache->admit(test_id(1), 0, kChunk, kChunk);
  ASSERT_TRUE(space);
  cache->discard(test_id(1));
  fill(space->bytes(), 1, 0);
  const Loan loan = std::move(*space).publish();
  EXPECT_TRUE(is_right(loan.bytes, 1, 0));
  EXPECT_FALSE(has(*cache, 1, 0));
}

// The whole reason for slabs: a pipe that was lent the pages has the old bytes still, when their
// place in the cache holds others.
TEST(HotCache, LentPagesKeepTheirBytes) {
  const auto cache = make(1);
  ASSERT_TRUE(keep(*cache, 0, 0));
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe(pipe.data()), 0);
  constexpr std::size_t kLent = 32U << 10;  // less than a pipe takes
  {
    const auto loan = cache->find(test_id(0), 0, kLent);
    const iovec pages{const_cast<char*>(loan->bytes.data()), kLent};
    ASSERT_EQ(::vmsplice(pipe[1], &pages, 1, 0), static_cast<ssize_t>(kLent));
  }
  for (unsigned i = 1; i < 40; ++i) ASSERT_TRUE(keep(*cache, i, 0));
  ASSERT_FALSE(has(*cache, 0, 0));
  std::string got(kLent, '\0');
  ASSERT_EQ(::read(pipe[0], got.data(), kLent), static_cast<ssize_t>(kLent));
  EXPECT_TRUE(is_right(got, 0, 0));
  ::close(pipe[0]);
  ::close(pipe[1]);
}

// Random readings and discards; whatever is found is what was kept, and never of a discarded blob.
TEST(HotCache, NeverAWrongByte) {
  const auto cache = make(3);
  std::mt19937 random(7);
  const auto below = [&](unsigned limit) {
    return std::uniform_int_distribution(0U, limit - 1)(random);
  };
  std::map<unsigned, std::size_t> sizes;  // of the last chunk of each blob, which has three
  unsigned next = 0;
  std::vector<std::pair<Loan, std::array<std::uint64_t, 3>>> loans;
  std::size_t found = 0;
  for (int step = 0; step < 6000; ++step) {
    if (sizes.size() < 12) sizes[next++] = 1 + below(kChunk);
    const auto blob = std::next(sizes.begin(), below(static_cast<unsigned>(sizes.size())));
    const std::uint64_t number = below(3);
    const std::size_t size = number == 2 ? blob->second : kChunk;
    const std::size_t from = below(static_cast<unsigned>(size));
    if (below(100) == 0) {
      cache->discard(test_id(blob->first));
      ASSERT_FALSE(cache->find(test_id(blob->first), 0, 1));
      sizes.erase(blob);
    } else if (auto loan = cache->find(test_id(blob->first), number * kChunk + from, size - from)) {
      ++found;
      ASSERT_TRUE(is_right(loan->bytes.substr(0, 200), blob->first, number, from));
      ASSERT_TRUE(loan->bytes.size() == size - from);
      if (loans.size() == 4) loans.erase(loans.begin() + below(4));
      loans.push_back({*loan, {blob->first, number, from}});
    } else {
      miss(*cache, blob->first, number, size);
    }
    if (step % 100 == 0) {
      for (const auto& [loan, of] : loans) {
        ASSERT_TRUE(is_right(loan.bytes, static_cast<unsigned>(of[0]), of[1], of[2]));
      }
    }
    ASSERT_LE(cache->figures().bytes, 3 * kSlab);
  }
  EXPECT_GT(found, 500U);
  EXPECT_GT(cache->figures().emptied, 20U);
}

// The first reader's chunk went with its blob: what it publishes or drops is not the second's.
TEST(HotCache, AChunkThatIsBroughtAnewIsNotTheOldReadersToPublish) {
  for (const bool publishes : {true, false}) {
    const auto cache = make(2);
    miss(*cache, 1, 0);
    auto first = cache->admit(test_id(1), 0, kChunk, kChunk);
    ASSERT_TRUE(first);
    cache->discard(test_id(1));
    auto second = cache->admit(test_id(1), 0, kChunk, kChunk);
    ASSERT_TRUE(second);
    if (publishes) std::move(*first).publish();
    first.reset();
    EXPECT_FALSE(cache->find(test_id(1), 0, kChunk)) << "the second has not filled it yet";
    fill(second->bytes(), 1, 0);
    std::move(*second).publish();
    const auto loan = cache->find(test_id(1), 0, kChunk);
    ASSERT_TRUE(loan);
    EXPECT_TRUE(is_right(loan->bytes, 1, 0));
  }
}

TEST(HotCache, ManyThreads) {
  const auto cache = make(2);
  std::atomic<std::size_t> found = 0;
  const auto work = [&](unsigned seed) {
    std::mt19937 random(seed);
    for (int step = 0; step < 600; ++step) {
      const unsigned blob = static_cast<unsigned>(random() % 10);
      const std::uint64_t number = random() % 3;
      if (random() % 50 == 0) {
        cache->discard(test_id(blob));
      } else if (const auto loan = cache->find(test_id(blob), number * kChunk, 64'000)) {
        ++found;
        EXPECT_TRUE(is_right(loan->bytes, blob, number));
      } else {
        miss(*cache, blob, number, 64'000);
      }
    }
  };
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < 4; ++i) threads.emplace_back(work, i);
  for (auto& thread : threads) thread.join();
  EXPECT_GT(found, 20U);
}

}  // namespace
}  // namespace muzn::blob
