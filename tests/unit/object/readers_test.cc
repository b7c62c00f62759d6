#include "object/readers.h"

#include <gtest/gtest.h>

#include <optional>
#include <thread>
#include <vector>

namespace muzn::object {
namespace {

// In either generation: each wait leaves another one in force.
TEST(Readers, WhoLooksIsWaitedFor) {
  Readers readers;
  EXPECT_TRUE(readers.wait_for_looks());
  for (int i = 0; i < 3; ++i) {
    std::optional<Readers::Look> look(std::in_place, readers);
    EXPECT_FALSE(readers.wait_for_looks());
    EXPECT_FALSE(readers.wait_for_looks());
    look.reset();
    EXPECT_TRUE(readers.wait_for_looks());
  }
}

TEST(Readers, LooksOfBothGenerationsAreWaitedFor) {
  Readers readers;
  std::optional<Readers::Look> first(std::in_place, readers);
  EXPECT_FALSE(readers.wait_for_looks());  // which sets it apart
  std::optional<Readers::Look> second(std::in_place, readers);
  first.reset();
  EXPECT_FALSE(readers.wait_for_looks());
  second.reset();
  EXPECT_TRUE(readers.wait_for_looks());
}

// Each of two threads looks all the time: there is no moment when nobody does.
TEST(Readers, OthersMayLookMeanwhile) {
  Readers readers;
  std::atomic<int> looking = 0;
  std::atomic<bool> over = false;
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] {
      for (std::optional<Readers::Look> look; !over;) {
        std::optional<Readers::Look> next(std::in_place, readers);
        ++looking;
        look.reset();
        look.emplace(readers);
      }
    });
  }
  while (looking < 1000) std::this_thread::yield();
  bool was_through = false;
  for (int i = 0; i < 10 && !was_through; ++i) was_through = readers.wait_for_looks();
  over = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(was_through);
}

TEST(Readers, AHoldEndsWithItsLastHolder) {
  Readers readers;
  EXPECT_FALSE(readers.is_held("a"));
  std::optional<Readers::Hold> one(std::in_place, readers, "a");
  std::optional<Readers::Hold> other(std::in_place, readers, "a");
  EXPECT_TRUE(readers.is_held("a"));
  EXPECT_FALSE(readers.is_held("b"));
  one.reset();
  EXPECT_TRUE(readers.is_held("a"));
  Readers::Hold moved = std::move(*other);
  other.reset();
  EXPECT_TRUE(readers.is_held("a"));
  moved = Readers::Hold(readers, "b");
  EXPECT_FALSE(readers.is_held("a"));
  EXPECT_TRUE(readers.is_held("b"));
}

// A version is a number that writers replace; readers look it up, hold it, and look whether it is
// still there. The sweeper takes away what was replaced, as soon as it may.
TEST(Readers, NothingGoesThatSomebodyReads) {
  constexpr std::size_t kVersions = 3'000;
  Readers readers;
  std::atomic<std::size_t> current = 0;
  std::vector<std::atomic<bool>> is_gone(kVersions);
  std::atomic<std::uint64_t> reads = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      while (current < kVersions - 1) {
        std::optional<Readers::Look> look(std::in_place, readers);
        const std::size_t version = current;
        const Readers::Hold hold(readers, std::to_string(version));
        look.reset();
        std::this_thread::yield();
        EXPECT_FALSE(is_gone[version]) << version;
        ++reads;
      }
    });
  }
  for (std::size_t swept = 0; swept < kVersions - 1;) {
    if (current % 100 == 0) {  // somebody does, or it proves nothing
      for (const std::uint64_t before = reads; reads == before;) std::this_thread::yield();
    }
    ++current;
    const std::size_t garbage = current;  // all before it
    while (!readers.wait_for_looks()) {
    }
    while (swept < garbage && !readers.is_held(std::to_string(swept))) is_gone[swept++] = true;
    if (current == kVersions - 1) break;
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace muzn::object
