// Backups of the embedded engine's rows, and the view of a store that goes on.
#include "meta/rocks_backups.h"

#include <filesystem>
#include <thread>

#include "meta/acked_mark.h"
#include "unit/meta/engines.h"

namespace muzn::meta {
namespace {

constexpr ShardId kShard = kFirstBucketShard;
const std::function<bool()> kGoOn = [] { return true; };

Result<std::unique_ptr<RocksStore>> open_in(const std::string& directory) {
  static const SystemClock clock;
  RocksOptions options;
  options.directory = directory;
  return open_rocks_store(options, clock);
}

struct RocksBackupsTest : testing::Test {
  std::unique_ptr<RocksBackups> open(bool read_only = false) const {
    return RocksBackups::open({.directory = temp.path() + "/kept", .read_only = read_only}).value();
  }
  RocksEngine engine;
  const test::TempDir temp;
};

TEST_F(RocksBackupsTest, AViewStaysAsItWas) {
  ASSERT_TRUE(put(engine.store(), kShard, "a", "1"));
  ASSERT_TRUE(put(engine.store(), kShard + 3, "b", "1"));
  const auto view = engine.rocks().view();
  ASSERT_TRUE(put(engine.store(), kShard, "a", "2"));
  ASSERT_TRUE(put(engine.store(), kShard + 1, "c", "2"));
  ASSERT_TRUE(run_sync(engine.store().destroy(kShard + 3)));
  EXPECT_EQ(get(*view, kShard, "a"), "1");
  EXPECT_EQ(view->next_shard(0).value(), kShard);
  EXPECT_EQ(view->next_shard(kShard + 1).value(), kShard + 3);
  EXPECT_EQ(run_sync(view->scan_back(kShard + 3, "", "", 9)).value(),
            (std::vector<Row>{{"b", "1"}}));
  EXPECT_TRUE(view->verify_tables());
  Commit commit{kShard, {}, {}};
  commit.put("a", "3");
  EXPECT_EQ(run_sync(view->commit(commit)).error().code, Code::kUnavailable);
  EXPECT_EQ(engine.rocks().view()->next_shard(kShard + 2).value(), std::nullopt);
}

TEST_F(RocksBackupsTest, ARestoredStoreOpensAndHasWhatWasAcknowledged) {
  ASSERT_TRUE(put(engine.store(), kShard, "a", "1"));
  const auto backups = open();
  const kv::BackupId id = engine.rocks().back_up(*backups, kGoOn).value();
  ASSERT_TRUE(put(engine.store(), kShard, "a", "2"));
  EXPECT_EQ(get(*open(true)->view(id).value(), kShard, "a"), "1");

  const std::string back = temp.path() + "/back";
  ASSERT_TRUE(open(true)->restore(id, back));
  EXPECT_EQ(get(*RocksView::open({.directory = back}).value(), kShard, "a"), "1");
  const auto store = open_in(back).value();
  EXPECT_EQ(get(*store, kShard, "a"), "1");
  EXPECT_TRUE(put(*store, kShard, "b", "3"));
}

TEST_F(RocksBackupsTest, WritersGoOnMeanwhile) {
  std::atomic<bool> stop = false;
  std::atomic<int> written = 0;
  std::thread writer([&] {
    for (int i = 0; !stop; ++i) {
      if (put(engine.store(), kShard, std::to_string(i), "1")) written = i + 1;
    }
  });
  const auto backups = open();
  for (int round = 0; round < 5; ++round) {
    const int before = written;
    const auto id = engine.rocks().back_up(*backups, kGoOn);
    ASSERT_TRUE(id) << id.error().what;
    ASSERT_TRUE(backups->verify(*id));
    // All that was acknowledged before, and a beginning of the rest.
    const auto view = backups->view(*id).value();
    const auto rows = run_sync(view->scan(kShard, "", "", 1U << 20)).value();
    EXPECT_GE(rows.size(), static_cast<std::size_t>(before));
    for (std::size_t i = 0; i < rows.size(); ++i) {
      EXPECT_EQ(get(*view, kShard, std::to_string(i)), "1");
    }
  }
  stop = true;
  writer.join();
}

TEST_F(RocksBackupsTest, RowsMissingFromABackupAreNoticed) {
  ASSERT_TRUE(put(engine.store(), kShard, "a", "1"));
  kv::BackupId id = 0;
  {
    // What add() would have noted, of a store that had come further.
    kv::Options options;
    options.directory = temp.path() + "/db";
    options.create = true;
    const auto database = kv::Database::open(options);
    const auto backups = kv::BackupDirectory::open({.directory = temp.path() + "/kept"}).value();
    id = backups->add(**database, "1000", kGoOn).value();
  }
  EXPECT_EQ(open(true)->view(id).error().code, Code::kCorrupt);
  const std::string back = temp.path() + "/back";
  ASSERT_TRUE(open(true)->restore(id, back));
  EXPECT_EQ(open_in(back).error().code, Code::kCorrupt);
}

TEST_F(RocksBackupsTest, ACutRestoreOpensAsNothing) {
  ASSERT_TRUE(put(engine.store(), kShard, "a", "1"));
  const auto backups = open();
  const kv::BackupId id = engine.rocks().back_up(*backups, kGoOn).value();
  const std::string back = temp.path() + "/back";
  ASSERT_TRUE(backups->restore(id, back));
  std::filesystem::remove(back + "/format");  // it comes last
  EXPECT_EQ(RocksView::open({.directory = back}).error().code, Code::kNotFound);
}

}  // namespace
}  // namespace muzn::meta
