#include "object/turn_hashes.h"

#include <gtest/gtest.h>

#include <thread>

#include "base/task_group.h"

namespace muzn::object {
namespace {

using crypto::Algorithm;

struct Body {
  std::string bytes;
  crypto::HasherSet set{{Algorithm::kMd5, Algorithm::kCrc64Nvme, Algorithm::kSha256}};
};

Task<void> hash_one(TurnHashes* hashes, Body* body) {
  co_await hashes->update(body->set, body->bytes);
}

Task<void> hash_all(TurnHashes* hashes, std::vector<Body>* bodies) {
  TaskGroup group;
  for (Body& body : *bodies) co_await group.start(hash_one(hashes, &body));
  co_await group.until(0);
}

// Several loops at once, in each turn of them more bodies than there are lanes, of all sizes.
TEST(TurnHashes, BodiesOfManyLoopsGetTheirOwnDigests) {
  TurnHashes hashes;
  std::vector<std::vector<Body>> loops(20);
  for (std::size_t loop = 0; loop < loops.size(); ++loop) {
    for (std::size_t i = 0; i < 40; ++i) {
      loops[loop].push_back({.bytes = std::string(i * 409 + loop % 3, static_cast<char>('a' + i))});
    }
  }
  std::vector<std::thread> threads;
  for (auto& bodies : loops) threads.emplace_back([&] { run_sync(hash_all(&hashes, &bodies)); });
  for (std::thread& thread : threads) thread.join();
  for (auto& bodies : loops) {
    for (Body& body : bodies) {
      body.set.finish();
      for (const Algorithm algorithm :
           {Algorithm::kMd5, Algorithm::kCrc64Nvme, Algorithm::kSha256}) {
        ASSERT_EQ(body.set.get(algorithm), crypto::digest(algorithm, body.bytes));
      }
    }
  }
}

}  // namespace
}  // namespace muzn::object
