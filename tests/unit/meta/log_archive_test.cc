#include "meta/log_archive.h"

#include <gtest/gtest.h>

#include "base/system.h"
#include "meta/rocks_store.h"
#include "unit/fs/temp_dir.h"

namespace muzn::meta {
namespace {

using Names = std::vector<std::string>;

TEST(LogArchive, TheOldestGoUntilTheRestFits) {
  const test::TempDir temp;
  const auto dir = fs::Dir::open(temp.path()).value();
  trim_log_archive(dir, 10);  // there is none
  ASSERT_TRUE(dir.make_dirs(kArchiveName));
  const auto archive = fs::Dir::open(temp.path() + "/" + kArchiveName).value();
  for (const char* name : {"000009.log", "000010.log", "999999.log", "1000000.log", "other"}) {
    ASSERT_TRUE(archive.write_durably(name, "0123456789"));
  }
  trim_log_archive(dir, 40);
  EXPECT_EQ(archive.list(".").value(),
            (Names{"000009.log", "000010.log", "1000000.log", "999999.log", "other"}));
  trim_log_archive(dir, 25);
  EXPECT_EQ(archive.list(".").value(), (Names{"1000000.log", "999999.log", "other"}));
  trim_log_archive(dir, 0);
  EXPECT_EQ(archive.list(".").value(), Names{"other"});
}

TEST(LogArchive, OfAStoreStaysBounded) {
  const test::TempDir temp;
  const SystemClock clock;
  RocksOptions options;
  options.directory = temp.path() + "/rows";
  options.write_buffer_bytes = 64U << 10;
  options.log_archive_bytes = 1U << 20;
  std::uint64_t most = 0;
  {
    const auto store = open_rocks_store(options, clock).value();
    for (int i = 0; i < 200; ++i) {
      Commit commit;
      commit.shard = kFirstBucketShard;
      commit.put("key" + std::to_string(i), std::string(40'000, 'v'));
      ASSERT_TRUE(run_sync(store->commit(std::move(commit))));
    }
    const auto archive = fs::Dir::open(options.directory + "/db/" + kArchiveName).value();
    const auto names = archive.list(".").value();
    EXPECT_GT(names.size(), 1U);
    for (const auto& name : names) {
      const auto file = archive.open_read(name);
      if (file) most += file->size().value();
    }
  }
  // What was moved since the last flush comes on top.
  EXPECT_LE(most, 3U << 20);
}

}  // namespace
}  // namespace muzn::meta
