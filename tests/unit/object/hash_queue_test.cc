#include "object/hash_queue.h"

#include <gtest/gtest.h>

#include <deque>
#include <thread>

#include "base/task_group.h"

namespace muzn::object {
namespace {

using crypto::Algorithm;

std::string pattern(std::size_t size, std::size_t seed) {
  std::string out(size, '\0');
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<char>(i * 31 + i / 251 + seed);
  return out;
}

struct Stream {
  std::string bytes;
  crypto::HasherSet set{{Algorithm::kMd5, Algorithm::kCrc64Nvme, Algorithm::kSha256}};
};

Task<void> hash_in_pieces(HashQueue* queue, Stream* stream, std::size_t piece) {
  const HashQueue::Body body(*queue);
  for (std::size_t at = 0; at < stream->bytes.size(); at += piece) {
    const std::string_view bytes = std::string_view(stream->bytes).substr(at, piece);
    stream->set.update(crypto::Cost::kSha, bytes);
    co_await queue->update(stream->set, bytes);
  }
  co_await queue->update(stream->set, "");
}

Task<void> hash_all(HashQueue* queue, std::vector<Stream>* streams) {
  TaskGroup group;
  for (std::size_t i = 0; i < streams->size(); ++i) {
    co_await group.start(hash_in_pieces(queue, &(*streams)[i], 1000 + 7919 * (i % 13)));
  }
  co_await group.until(0);
}

// Several loops at once, each with more streams than there are lanes.
TEST(HashQueue, ManyStreamsOfManyLoopsGetTheirOwnDigests) {
  Pool pool(3);
  HashQueue queue(pool);
  std::vector<std::vector<Stream>> loops(3);
  for (std::size_t loop = 0; loop < loops.size(); ++loop) {
    for (std::size_t i = 0; i < 40; ++i) {
      loops[loop].push_back({.bytes = pattern(i % 5 == 0 ? i : i * 9001, loop * 100 + i)});
    }
  }
  std::vector<std::thread> threads;
  for (auto& streams : loops) {
    threads.emplace_back([&] { run_sync(hash_all(&queue, &streams)); });
  }
  for (std::thread& thread : threads) thread.join();
  for (auto& streams : loops) {
    for (Stream& stream : streams) {
      stream.set.finish();
      for (const Algorithm algorithm :
           {Algorithm::kMd5, Algorithm::kCrc64Nvme, Algorithm::kSha256}) {
        ASSERT_EQ(stream.set.get(algorithm), crypto::digest(algorithm, stream.bytes));
      }
    }
  }
}

// Pieces gather for a while only: bodies that bring nothing hold up nobody for good.
TEST(HashQueue, ALonePieceAmongManySlowBodiesIsHashed) {
  Pool pool(2);
  HashQueue queue(pool);
  std::deque<HashQueue::Body> slow;
  while (slow.size() < 20) slow.emplace_back(queue);
  std::vector<Stream> streams(1);
  streams[0].bytes = pattern(50'000, 1);
  run_sync(hash_all(&queue, &streams));
  streams[0].set.finish();
  EXPECT_EQ(streams[0].set.get(Algorithm::kMd5), crypto::digest(Algorithm::kMd5, streams[0].bytes));
}

// Its last runner may still be on its way out when the last waiter has its digest.
TEST(HashQueue, MayDieAsSoonAsNobodyWaits) {
  Pool pool(2);
  for (int round = 0; round < 300; ++round) {
    std::vector<Stream> streams(2);
    streams[0].bytes = streams[1].bytes = "short";
    HashQueue queue(pool);
    run_sync(hash_all(&queue, &streams));
  }
}

}  // namespace
}  // namespace muzn::object
