#include "base/shared_map.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <string>

namespace muzn {
namespace {

using Map = SharedMap<std::string, int>;

std::map<std::string, int> plain(const Map& map) {
  return {map.begin(), map.end()};
}

// Against std::map, with copies in between that must stay what they were.
TEST(SharedMap, IsAMap) {
  for (unsigned seed = 0; seed < 8; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const auto pick = [&](int n) { return std::uniform_int_distribution<int>(0, n - 1)(random); };
    const int names = seed % 2 == 0 ? 40 : 2'000;
    Map map;
    std::map<std::string, int> model;
    Map kept;
    std::map<std::string, int> kept_model;
    for (int i = 0; i < 6'000; ++i) {
      const std::string key = std::to_string(pick(names));
      switch (pick(i < 3'000 ? 5 : 8)) {
        case 0:
        case 1:
          EXPECT_EQ(map.emplace(key, i), model.emplace(key, i).second);
          break;
        case 2:
          map.insert_or_assign(key, i);
          model.insert_or_assign(key, i);
          break;
        case 3:
          map[key] += i;
          model[key] += i;
          break;
        case 4:
          if (model.contains(key)) map.edit(key) = model[key] = -i;
          break;
        default:
          EXPECT_EQ(map.erase(key), model.erase(key));
      }
      EXPECT_EQ(map.size(), model.size());
      EXPECT_EQ(map.contains(key), model.contains(key));
      const auto at = map.lower_bound(key);
      const auto model_at = model.lower_bound(key);
      ASSERT_EQ(at == map.end(), model_at == model.end());
      if (at != map.end()) EXPECT_EQ(at->first, model_at->first);
      if (pick(500) == 0) {
        ASSERT_EQ(plain(map), model);
        ASSERT_EQ(plain(kept), kept_model);
        kept = map;
        kept_model = model;
      }
    }
    ASSERT_EQ(plain(map), model);
    ASSERT_EQ(plain(kept), kept_model);
  }
}

TEST(SharedMap, IsEqualWhateverItWentThrough) {
  Map up;
  Map down;
  for (int i = 0; i < 500; ++i) up.emplace(std::to_string(i), i);
  for (int i = 999; i >= 0; --i) down.emplace(std::to_string(i), i);
  EXPECT_FALSE(up == down);
  for (int i = 999; i >= 500; --i) down.erase(std::to_string(i));
  EXPECT_TRUE(up == down);
  down.edit("7") = 8;
  EXPECT_FALSE(up == down);
  Map other = up;
  EXPECT_TRUE(other == up);
  other.erase("7");
  other.emplace("7a", 7);
  EXPECT_FALSE(other == up);
  EXPECT_TRUE(Map() == Map());
}

TEST(SharedMap, Empty) {
  Map map;
  EXPECT_TRUE(map.empty());
  EXPECT_EQ(map.begin(), map.end());
  EXPECT_EQ(map.find("a"), map.end());
  EXPECT_EQ(map.erase("a"), 0U);
  map["a"] = 1;
  EXPECT_EQ(map.at("a"), 1);
  EXPECT_EQ(map.erase("a"), 1U);
  EXPECT_EQ(map.begin(), map.end());
}

TEST(SharedSet, HasEachOnce) {
  SharedSet<std::string> set;
  std::set<std::string> model;
  std::mt19937 random(7);
  for (int i = 0; i < 3'000; ++i) {
    const std::string key = std::to_string(random() % 500);
    if (random() % 3 == 0) {
      EXPECT_EQ(set.erase(key), model.erase(key));
    } else {
      EXPECT_EQ(set.insert(key), model.insert(key).second);
    }
  }
  EXPECT_EQ(std::set<std::string>(set.begin(), set.end()), model);
}

}  // namespace
}  // namespace muzn
