#include "merkle/tile.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "merkle/bundle.h"
#include "merkle/growth.h"
#include "unit/merkle/reference.h"

namespace muzn::merkle {
namespace {

constexpr auto kEntries = Tile::Kind::kEntries;

TEST(TilePath, OneFormEach) {
  const std::pair<Tile, const char*> cases[] = {
      {{.level = 0, .index = 0, .width = 256}, "tile/0/000"},
      {{.level = 0, .index = 273, .width = 112}, "tile/0/273.p/112"},
      {{.level = 63, .index = 999, .width = 1}, "tile/63/999.p/1"},
      {{.level = 1, .index = 1000, .width = 255}, "tile/1/x001/000.p/255"},
      {{.level = 0, .index = 1234067, .width = 256}, "tile/0/x001/x234/067"},
      {{kEntries, 0, 0, 256}, "tile/entries/000"},
      {{kEntries, 0, 1234067, 3}, "tile/entries/x001/x234/067.p/3"},
      {{.level = 0, .index = kSizeMax, .width = 256}, "tile/0/x009/x223/x372/x036/x854/x775/807"},
  };
  for (const auto& [tile, path] : cases) {
    EXPECT_EQ(path_of(tile), path);
    const auto parsed = parse_tile_path(path);
    ASSERT_TRUE(parsed) << path;
    EXPECT_EQ(*parsed, tile);
  }
}

TEST(TilePath, EverythingElseIsRefused) {
  for (const char* path : {"",
                           "tile",
                           "tile/",
                           "/tile/0/000",
                           "tile/0",
                           "tile/0/",
                           "tile/0/0",
                           "tile/0/00",
                           "tile/0/0000",
                           "tile/0/000/",
                           "tile/00/000",
                           "tile/01/000",
                           "tile/64/000",
                           "tile/-1/000",
                           "tile/+1/000",
                           "tile/0/x000/001",
                           "tile/0/x000/x001/001",
                           "tile/0/001/001",
                           "tile/0/x01/001",
                           "tile/0/x0001/001",
                           "tile/0/x001",
                           "tile/0/x001/",
                           "tile/0/X001/000",
                           "tile/0/000.p",
                           "tile/0/000.p/",
                           "tile/0/000.p/0",
                           "tile/0/000.p/00",
                           "tile/0/000.p/01",
                           "tile/0/000.p/256",
                           "tile/0/000.p/1/",
                           "tile/0/000.p/1.p/1",
                           "tile/0/000p/1",
                           "tile/0/0a0",
                           "tile/0/../000",
                           "tile/entries",
                           "tile/entries/",
                           "tile/entries/0/000",
                           "tile/Entries/000",
                           "tile/data/000",
                           "tile/8/0/000",
                           "tile/0/x009/x223/x372/x036/x854/x775/808",
                           "tile/0/x018/x446/x744/x073/x709/x551/616",
                           "tile/0/000.p/1 ",
                           " tile/0/000",
                           "tile/0/000\n"}) {
    EXPECT_EQ(parse_tile_path(path).error().code, Code::kInvalid) << path;
  }
  EXPECT_FALSE(parse_tile_path(std::string_view("tile/0/000\0", 11)));
}

TEST(TilePath, RandomOnesRoundTrip) {
  std::mt19937_64 rng(1234067);
  for (int i = 0; i < 20'000; ++i) {
    const Tile tile{.level = static_cast<unsigned>(rng() % 64),
                    .index = (rng() & kSizeMax) >> rng() % 63,
                    .width = static_cast<unsigned>(1 + rng() % 256)};
    const auto parsed = parse_tile_path(path_of(tile));
    ASSERT_TRUE(parsed) << path_of(tile);
    ASSERT_EQ(*parsed, tile);
  }
}

// The example of c2sp.org/tlog-tiles.
TEST(Tile, GoldenTreeOf70000) {
  const std::vector<TileRun> wanted{{0, 0, 273, 112}, {1, 0, 1, 17}, {2, 0, 0, 1}};
  EXPECT_EQ(plan_growth(0, 70'000), wanted);
  const std::vector<Tile> edge{{.level = 0, .index = 273, .width = 112},
                               {.level = 1, .index = 1, .width = 17},
                               {.level = 2, .index = 0, .width = 1}};
  EXPECT_EQ(edge_of(70'000), edge);
  const std::vector<TileRun> of_256{{0, 0, 0, 256}, {1, 0, 0, 1}};
  EXPECT_EQ(plan_growth(0, 256), of_256);
  EXPECT_EQ(edge_of(256), (std::vector<Tile>{{.level = 1, .index = 0, .width = 1}}));
  EXPECT_TRUE(plan_growth(70'000, 70'000).empty());
  EXPECT_TRUE(edge_of(0).empty());
  EXPECT_EQ(hashes_at(63, kSizeMax), 0U);
}

// In each direction: what a plan writes is what the larger tree has and the smaller one has not.
TEST(Tile, PlansWriteExactlyWhatIsNew) {
  const auto check = [](std::uint64_t from, std::uint64_t to) {
    const std::vector<TileRun> plan = plan_growth(from, to);
    for (unsigned level = 0; level < kLevels; ++level) {
      const std::uint64_t old_hashes = hashes_at(level, from);
      const std::uint64_t hashes = hashes_at(level, to);
      if (level >= plan.size()) {
        ASSERT_EQ(old_hashes, hashes);
        continue;
      }
      const TileRun& run = plan[level];
      ASSERT_EQ(run.level, level);
      // Before the run nothing changed, at both its ends something did, behind it there is nothing.
      ASSERT_LE(run.first, run.last);
      if (run.first > 0) ASSERT_EQ(width_in(level, run.first - 1, from), 256U);
      ASSERT_LT(width_in(level, run.first, from), width_in(level, run.first, to));
      ASSERT_EQ(width_in(level, run.last, to), run.last_width);
      ASSERT_EQ(width_in(level, run.last + 1, to), 0U);
      if (run.first < run.last) ASSERT_EQ(width_in(level, run.last - 1, to), 256U);
      ASSERT_EQ(run.last * 256 + run.last_width, hashes);
    }
  };
  for (std::uint64_t from = 0; from < 600; from += 7) {
    for (std::uint64_t to = from; to < 600; ++to) check(from, to);
  }
  std::mt19937_64 rng(70'000);
  const auto number = [&] { return (rng() & kSizeMax) >> rng() % 63; };
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t a = number();
    const std::uint64_t b = number();
    check(std::min(a, b), std::max(a, b));
  }
  check(kSizeMax, kSizeMax);
  check(0, kSizeMax);
  check(kSizeMax - 1, kSizeMax);
}

TEST(Tile, WidthsAddUpToTheTree) {
  std::mt19937_64 rng(256);
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t size = (rng() & kSizeMax) >> rng() % 63;
    std::uint64_t leaves = 0;
    std::uint64_t span = 1;
    for (unsigned level = 0; level < kLevels; ++level, span *= 256) {
      ASSERT_EQ(partial_width(level, size), size / span % 256);
      leaves += partial_width(level, size) * span;
      const std::uint64_t index = hashes_at(level, size) / 256;
      ASSERT_EQ(width_in(level, index, size), partial_width(level, size));
      if (index > 0) {
        const Tile full{.level = level, .index = index - 1, .width = 256};
        ASSERT_TRUE(is_within(full, size));
      }
      ASSERT_FALSE(is_within({.level = level, .index = index + 1, .width = 1}, size));
    }
    ASSERT_EQ(leaves, size);
    std::uint64_t of_edge = 0;
    for (const Tile& tile : edge_of(size)) of_edge += tile.width * (1ULL << 8 * tile.level);
    ASSERT_EQ(of_edge, size);
  }
}

// The formula of the specification for tile n at level l, for each hash of each tile.
TEST(Growth, TilesAreTheDefinitionsInBatchesOfAnySize) {
  constexpr std::size_t kLeaves = 70'000;
  Reference tree(kLeaves);
  std::mt19937_64 rng(8);
  Growth growth;
  std::map<std::pair<unsigned, std::uint64_t>, std::string> tiles;
  while (growth.size() < kLeaves) {
    const std::size_t from = growth.size();
    const std::size_t most = rng() % 4 == 0 ? 3000 : 300;
    const std::size_t count = std::min<std::size_t>(1 + rng() % most, kLeaves - from);
    const auto written = growth.append(std::span(tree.leaves()).subspan(from, count));
    std::vector<TileRun> runs;
    for (const TileBytes& one : written) {
      ASSERT_EQ(one.bytes.size(), one.tile.width * kHashBytes);
      std::string& bytes = tiles[{one.tile.level, one.tile.index}];
      ASSERT_TRUE(one.bytes.starts_with(bytes)) << "a wider tile begins with the narrower";
      bytes = one.bytes;
      if (runs.empty() || runs.back().level != one.tile.level) {
        runs.push_back({one.tile.level, one.tile.index, one.tile.index, one.tile.width});
      } else {
        ASSERT_EQ(one.tile.index, ++runs.back().last);
        runs.back().last_width = one.tile.width;
      }
    }
    ASSERT_EQ(runs, plan_growth(from, from + count));
    if (rng() % 8 == 0) {
      ASSERT_EQ(growth.root(), tree.hash(0, growth.size()));
      std::vector<std::string> edge;
      for (const Tile& tile : edge_of(growth.size()))
        edge.push_back(tiles[{tile.level, tile.index}]);
      ASSERT_EQ(growth.edge(), edge);
      auto resumed = Growth::resume(growth.size(), edge);
      ASSERT_TRUE(resumed);
      ASSERT_EQ(resumed->root(), growth.root());
      growth = std::move(*resumed);
    }
  }
  EXPECT_EQ(growth.root(), tree.hash(0, kLeaves));
  for (const auto& [place, bytes] : tiles) {
    std::size_t span = 1;
    for (unsigned level = 0; level < place.first; ++level) span *= 256;
    for (std::size_t i = 0; i * kHashBytes < bytes.size(); ++i) {
      const std::size_t begin = (place.second * 256 + i) * span;
      ASSERT_EQ(bytes.substr(i * kHashBytes, kHashBytes), tree.hash(begin, begin + span).view());
    }
  }
}

TEST(Growth, ResumesFromNothingButItsEdge) {
  EXPECT_EQ(Growth::resume(0, {})->root(), empty_root());
  EXPECT_EQ(Growth::resume(1, {}).error().code, Code::kCorrupt);
  const std::string hash(32, 'h');
  EXPECT_EQ(Growth::resume(1, std::vector<std::string>{hash + "h"}).error().code, Code::kCorrupt);
  EXPECT_EQ(Growth::resume(256, std::vector<std::string>{hash, hash}).error().code, Code::kCorrupt);
  EXPECT_TRUE(Growth::resume(1, std::vector<std::string>{hash}));
}

TEST(Bundle, RoundTrip) {
  std::string bundle;
  const std::string entries[] = {"", "a", std::string(kEntryBytesMax, 'e'), "last"};
  for (const std::string& entry : entries) append_entry(bundle, entry);
  EXPECT_EQ(bundle.substr(0, 5), std::string("\0\0\0\1a", 5));
  const auto parsed = parse_bundle(bundle, 4);
  ASSERT_TRUE(parsed);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ((*parsed)[i], entries[i]);
  EXPECT_EQ(narrow_bundle(bundle, 2).value(), std::string_view(bundle).substr(0, 5));
  EXPECT_EQ(narrow_bundle(bundle, 4).value(), bundle);
}

TEST(Bundle, AnotherNumberOfEntriesIsRefused) {
  std::string bundle;
  append_entry(bundle, "one");
  append_entry(bundle, "two");
  EXPECT_EQ(count_entries(bundle).value(), 2U);
  EXPECT_EQ(count_entries("").value(), 0U);
  EXPECT_FALSE(count_entries(bundle + "x"));
  EXPECT_EQ(count_entries(std::string(512, '\0')).value(), 256U);
  EXPECT_FALSE(count_entries(std::string(514, '\0')));
  EXPECT_FALSE(parse_bundle(bundle, 1));
  EXPECT_FALSE(parse_bundle(bundle, 3));
  EXPECT_FALSE(parse_bundle("", 1));
  EXPECT_TRUE(parse_bundle("", 0));
  for (std::size_t size = 0; size < bundle.size(); ++size) {
    EXPECT_FALSE(parse_bundle(bundle.substr(0, size), 2)) << size;
  }
  EXPECT_FALSE(parse_bundle(bundle + std::string(1, '\0'), 2));
  EXPECT_FALSE(narrow_bundle(bundle, 3));
}

TEST(Decimal, OneFormUpTo63Bits) {
  EXPECT_EQ(parse_decimal("0").value(), 0U);
  EXPECT_EQ(parse_decimal("9223372036854775807").value(), kSizeMax);
  for (const char* text : {"", "00", "01", "+1", "-1", " 1", "1 ", "1\n", "0x1", "1e3",
                           "9223372036854775808", "18446744073709551616"}) {
    EXPECT_EQ(parse_decimal(text).error().code, Code::kInvalid) << text;
  }
}

}  // namespace
}  // namespace muzn::merkle
