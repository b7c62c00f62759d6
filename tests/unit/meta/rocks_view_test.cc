// Looking at the embedded engine's rows changes nothing, and sees all.
#include "meta/rocks_view.h"

#include <fstream>
#include <map>

#include "unit/meta/engines.h"

namespace muzn::meta {
namespace {

constexpr ShardId kShard = kFirstBucketShard;

std::map<std::string, std::string> bytes_of(const std::string& directory) {
  std::map<std::string, std::string> out;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    out[entry.path().string()] = std::string(std::istreambuf_iterator<char>(in), {});
  }
  return out;
}

TEST(RocksView, SeesRowsOfTheLogAndWritesNothing) {
  RocksEngine engine;
  ASSERT_TRUE(put(engine.store(), kShard, "a", "1"));
  ASSERT_TRUE(put(engine.store(), kShard + 7, "b", "2"));
  engine.close();
  const auto before = bytes_of(engine.directory());
  {
    const auto view = RocksView::open({.directory = engine.directory()}).value();
    EXPECT_EQ(get(*view, kShard, "a"), "1");
    EXPECT_EQ(run_sync(view->scan(kShard + 7, "", "", 10)).value(), (std::vector<Row>{{"b", "2"}}));
    EXPECT_EQ(run_sync(view->scan_back(kShard, "", "", 10)).value().size(), 1U);
    EXPECT_EQ(view->next_shard(0).value(), kShard);
    EXPECT_EQ(view->next_shard(kShard + 1).value(), kShard + 7);
    EXPECT_EQ(view->next_shard(kShard + 8).value(), std::nullopt);
    EXPECT_TRUE(view->verify_tables());
    Commit commit{kShard, {}, {}};
    commit.put("a", "2");
    EXPECT_EQ(run_sync(view->commit(commit)).error().code, Code::kUnavailable);
    EXPECT_EQ(run_sync(view->destroy(kShard)).error().code, Code::kUnavailable);
  }
  EXPECT_EQ(bytes_of(engine.directory()), before);
  engine.reopen();
  EXPECT_EQ(get(engine.store(), kShard, "a"), "1");
}

TEST(RocksView, MakesNoStore) {
  const test::TempDir temp;
  EXPECT_EQ(RocksView::open({.directory = temp.path()}).error().code, Code::kNotFound);
  EXPECT_EQ(RocksView::open({.directory = temp.path() + "/none"}).error().code, Code::kNotFound);
  EXPECT_TRUE(std::filesystem::is_empty(temp.path()));
}

TEST(RocksView, RefusesLostRows) {
  RocksEngine engine;
  ASSERT_TRUE(put(engine.store(), kShard, "a", "1"));
  engine.close();
  for (const auto& entry : std::filesystem::directory_iterator(engine.directory() + "/db")) {
    if (entry.path().extension() == ".log") std::filesystem::resize_file(entry.path(), 0);
  }
  EXPECT_EQ(RocksView::open({.directory = engine.directory()}).error().code, Code::kCorrupt);
}

}  // namespace
}  // namespace muzn::meta
