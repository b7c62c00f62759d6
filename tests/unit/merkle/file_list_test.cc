#include "merkle/file_list.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>
#include <vector>

namespace muzn::merkle {
namespace {

std::vector<std::string> listed(std::uint64_t size, std::uint64_t before, std::string_view from) {
  std::vector<std::string> out;
  list_files(std::array{before, size}, from, [&](const Tile& tile, const std::string& path) {
    EXPECT_EQ(path_of(tile), path);
    EXPECT_TRUE(is_within(tile, size)) << path;
    out.push_back(path);
    return true;
  });
  return out;
}

// All tiles, sorted.
std::vector<std::string> brute(std::uint64_t size, std::uint64_t before) {
  std::vector<std::string> out;
  for (const std::uint64_t one : {size, before}) {
    for (unsigned level = 0; level < kLevels; ++level) {
      for (std::uint64_t index = 0; width_in(level, index, one) > 0; ++index) {
        Tile tile{Tile::Kind::kHashes, level, index, width_in(level, index, one)};
        out.push_back(path_of(tile));
        tile.kind = Tile::Kind::kEntries;
        if (level == 0) out.push_back(path_of(tile));
      }
    }
  }
  std::ranges::sort(out);
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

TEST(FileList, AllFilesInOrder) {
  for (const std::uint64_t size :
       {0ULL, 1ULL, 255ULL, 256ULL, 257ULL, 65'535ULL, 65'536ULL, 70'000ULL, 256'001ULL}) {
    for (const std::uint64_t back : {0ULL, 1ULL, 9ULL, 300ULL}) {
      const std::uint64_t before = size < back ? 0 : size - back;
      EXPECT_EQ(listed(size, before, ""), brute(size, before)) << size << " " << before;
    }
  }
}

TEST(FileList, FromAnyPlace) {
  const std::vector<std::string> all = brute(700'000, 699'990);
  std::mt19937_64 random(7);
  for (int i = 0; i < 100; ++i) {
    std::string from = all[random() % all.size()];
    switch (random() % 4) {
      case 0:
        from += '\0';
        break;
      case 1:
        from.resize(random() % from.size());
        break;
      case 2:
        from.back() = static_cast<char>(from.back() + 1);
        break;
      default:
        break;
    }
    const auto first = std::ranges::lower_bound(all, from);
    EXPECT_EQ(listed(700'000, 699'990, from), std::vector<std::string>(first, all.end())) << from;
  }
}

// Of a log too large to go through.
TEST(FileList, FarAway) {
  std::vector<std::string> found;
  list_files(std::array<std::uint64_t, 1>{1ULL << 60}, "tile/0/x123/x456/x789/998",
             [&](const Tile&, const std::string& path) {
               found.push_back(path);
               return found.size() < 3;
             });
  EXPECT_EQ(found,
            (std::vector<std::string>{"tile/0/x123/x456/x789/998", "tile/0/x123/x456/x789/999",
                                      "tile/0/x123/x456/x789/x000/000"}));
}

}  // namespace
}  // namespace muzn::merkle
