#include "blob/placement.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <map>
#include <random>
#include <vector>

#include "base/error.h"
#include "blob/id.h"

namespace muzn::blob {
namespace {

constexpr std::uint64_t kGib = std::uint64_t{1} << 30;

// How often each is chosen of 30'000 times.
std::map<int, int> choices(const std::vector<Candidate>& candidates, std::uint64_t size) {
  std::mt19937_64 rng(1);
  std::map<int, int> out;
  for (int i = 0; i < 30'000; ++i) ++out[choose_volume(candidates, size, rng())];
  return out;
}

TEST(Placement, FollowsTheRoom) {
  const auto chosen = choices({{0, 100 * kGib}, {1, 200 * kGib}, {7, 0}}, 0);
  EXPECT_EQ(chosen.size(), 2U);
  EXPECT_NEAR(chosen.at(0), 10'000, 500);
  EXPECT_NEAR(chosen.at(1), 20'000, 500);
}

TEST(Placement, TakesOneThatHoldsTheBlob) {
  EXPECT_EQ(choices({{0, 100 * kGib}, {1, 5 * kGib}, {2, 10 * kGib}}, 20 * kGib),
            (std::map<int, int>{{0, 30'000}}));
  // A byte of room is room for a byte.
  EXPECT_EQ(choices({{0, 0}, {9, 1}}, 1), (std::map<int, int>{{9, 30'000}}));
}

TEST(Placement, WithoutRoomTheLargestAnswers) {
  EXPECT_EQ(choose_volume(std::array{Candidate{3, 0}, Candidate{4, 0}}, 0, 5), 3);
  EXPECT_EQ(choose_volume(std::array{Candidate{3, 10}, Candidate{4, 20}}, 100, 5), 4);
  EXPECT_EQ(choose_volume({}, 100, 5), 0);
}

TEST(Placement, SumsOfTheLargestDisksDoNotOverflow) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  std::vector<Candidate> all;
  for (int i = 0; i < 256; ++i) all.push_back({static_cast<std::uint8_t>(i), kMost});
  EXPECT_EQ(choices(all, 0).size(), 256U);
}

TEST(BlobId, NamesVolumeAndEpoch) {
  const BlobId id = make_id(7, 0x0102, "randomly");
  EXPECT_EQ(id, std::string("\7\0\0\0\0\0\1\2randomly", 16));
  EXPECT_EQ(volume_of(id), 7);
  EXPECT_EQ(epoch_of(id), 0x0102U);
  EXPECT_EQ(volume_of(make_id(0, (std::uint64_t{1} << 56) - 1, "randomly")), 0);
  EXPECT_EQ(epoch_of(make_id(255, 3, "randomly")), 3U);
}

}  // namespace
}  // namespace muzn::blob
