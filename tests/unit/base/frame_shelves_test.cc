#include "base/frame_shelves.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <vector>

namespace muzn {
namespace {

TEST(FrameShelves, WhatWasGivenIsTakenAgain) {
  FrameShelves shelves;
  void* const frame = shelves.take(200);
  shelves.give(frame, 200);
  void* const again = shelves.take(193);  // the same multiple of 64
  EXPECT_EQ(again, frame);
  shelves.give(again, 193);
}

TEST(FrameShelves, AnotherSizeHasAnotherShelf) {
  FrameShelves shelves;
  void* const small = shelves.take(64);
  shelves.give(small, 64);
  void* const large = shelves.take(65);
  EXPECT_NE(large, small);
  std::memset(large, 1, 65);
  shelves.give(large, 65);
}

TEST(FrameShelves, AFrameIsWholeUpToTheLastByteOfItsShelf) {
  FrameShelves shelves;
  for (const std::size_t size : {1UL, 64UL, 65UL, 4096UL, 4097UL, 100000UL}) {
    void* const first = shelves.take(size);
    shelves.give(first, size);
    void* const frame = shelves.take(size);
    std::memset(frame, 0xff, size);  // AddressSanitizer sees what is too small
    shelves.give(frame, size);
  }
}

TEST(FrameShelves, KeepsABoundedNumber) {
  FrameShelves shelves;
  std::vector<void*> frames(FrameShelves::kKeptMax + 5);
  for (void*& frame : frames) frame = shelves.take(300);
  for (void* frame : frames) shelves.give(frame, 300);
  // The first kKeptMax are there, the last given first; those behind went back to the system.
  for (std::size_t i = FrameShelves::kKeptMax; i-- > 0;) {
    void* const frame = shelves.take(300);
    EXPECT_EQ(frame, frames[i]);
    ::operator delete(frame);
  }
}

TEST(FrameShelves, AFrameMayComeFromAnothersShelves) {
  FrameShelves one;
  FrameShelves other;
  void* const frame = one.take(500);
  other.give(frame, 500);
  EXPECT_EQ(other.take(500), frame);
  one.give(frame, 500);
}

// Against a plain model: what is held is never handed out, and keeps its bytes.
TEST(FrameShelves, HeldFramesAreDistinctAndKeepTheirBytes) {
  struct Held {
    unsigned char* frame;
    std::size_t size;
    unsigned char mark;
  };
  FrameShelves shelves;
  std::mt19937 random(42);
  std::vector<Held> held;
  for (int turn = 0; turn < 20000; ++turn) {
    if (held.size() < 40 && (held.empty() || random() % 2 == 0)) {
      const std::size_t size = 1 + random() % 5000;
      const auto mark = static_cast<unsigned char>(random());
      auto* const frame = static_cast<unsigned char*>(shelves.take(size));
      std::memset(frame, mark, size);
      held.push_back({frame, size, mark});
      continue;
    }
    const std::size_t which = random() % held.size();
    const Held out = held[which];
    EXPECT_EQ(std::count(out.frame, out.frame + out.size, out.mark),
              static_cast<std::ptrdiff_t>(out.size));
    shelves.give(out.frame, out.size);
    held.erase(held.begin() + static_cast<std::ptrdiff_t>(which));
  }
  for (const Held& each : held) shelves.give(each.frame, each.size);
}

}  // namespace
}  // namespace muzn
