#include "kv/manifest_check.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <mutex>
#include <vector>

#include "kv/database.h"
#include "unit/fs/temp_dir.h"

namespace muzn::kv {
namespace {

// A database with some flushed tables, closed, and where its manifest ended after each flush.
class ManifestCheck : public testing::Test {
 protected:
  ManifestCheck() {
    options_.directory = temp_.path() + "/db";
    options_.create = true;
    options_.write_buffer_bytes = 64U << 10;
    options_.on_flush = [this](ManifestEnd end) {
      const std::lock_guard lock(mutex_);
      ends_.push_back(end);
      return Result<void>{};
    };
    {
      const auto database = Database::open(options_).value();
      at_open_ = database->manifest_end().value();
      for (int i = 0; i < 60; ++i) {
        Batch batch;
        batch.put("key" + std::to_string(i), std::string(8000, static_cast<char>('a' + i % 26)));
        EXPECT_TRUE(database->write(std::move(batch)));
      }
      EXPECT_LE(at_open_, database->manifest_end().value());
    }
    at_end_ = ends_.back();  // closed: flushes of the last writes have ended, too
    name_ = "MANIFEST-" + std::string(6 - std::to_string(at_end_.number).size(), '0') +
            std::to_string(at_end_.number);
    bytes_ = dir().read_file(name_, 1U << 20).value();
  }

  fs::Dir dir() const { return fs::Dir::open(options_.directory).value(); }
  Result<void> check_with(const std::string& manifest, ManifestEnd end) const {
    EXPECT_TRUE(dir().write_durably(name_, manifest));
    return check_manifest(dir(), end);
  }

  test::TempDir temp_;
  Options options_;
  std::mutex mutex_;  // guards ends_
  std::vector<ManifestEnd> ends_;
  ManifestEnd at_open_;
  ManifestEnd at_end_;
  std::string name_;
  std::string bytes_;
};

TEST_F(ManifestCheck, EndsGrowWithFlushesAndWholeOnesPass) {
  ASSERT_GT(ends_.size(), 2U);
  EXPECT_LT(at_open_, ends_.front());
  EXPECT_TRUE(std::ranges::is_sorted(ends_));
  EXPECT_LE(at_end_.bytes, bytes_.size());
  EXPECT_TRUE(check_manifest(dir(), {}));
  for (const ManifestEnd end : ends_) EXPECT_TRUE(check_manifest(dir(), end));
  EXPECT_TRUE(check_manifest(dir(), at_end_));
}

TEST_F(ManifestCheck, EveryCutAndEveryRottenByteBelowTheEndIsFound) {
  const auto size = static_cast<std::size_t>(at_end_.bytes);
  for (std::size_t cut = 0; cut < size; ++cut) {
    const auto found = check_with(bytes_.substr(0, cut), at_end_);
    ASSERT_FALSE(found) << cut;
    ASSERT_EQ(found.error().code, Code::kCorrupt);
  }
  for (std::size_t at = 0; at < size; ++at) {
    std::string rotten = bytes_;
    rotten[at] = static_cast<char>(rotten[at] ^ 0x10);
    ASSERT_FALSE(check_with(rotten, at_end_)) << at;
  }
}

TEST_F(ManifestCheck, WhatACrashMayTearBehindTheEndPasses) {
  const ManifestEnd end = ends_[ends_.size() / 2];
  for (auto cut = static_cast<std::size_t>(end.bytes); cut < bytes_.size(); ++cut) {
    ASSERT_TRUE(check_with(bytes_.substr(0, cut), end)) << cut;
  }
}

// Whatever a power loss makes of what is behind the synced end, the database opens with all its
// rows: the log that holds those of the lost flush is there still.
TEST_F(ManifestCheck, ATornTailIsCutOff) {
  ASSERT_TRUE(cut_torn_manifest(dir(), at_end_));
  EXPECT_EQ(dir().read_file(name_, 1U << 20).value(), bytes_);
  const std::string torn = bytes_ + bytes_.substr(0, 30) + std::string(20, '\0');
  for (const std::string& tail : {bytes_ + std::string(600, '\0'), bytes_ + "\x01", torn}) {
    ASSERT_TRUE(dir().write_durably(name_, tail));
    ASSERT_TRUE(check_manifest(dir(), at_end_));
    ASSERT_TRUE(cut_torn_manifest(dir(), at_end_));
    EXPECT_EQ(dir().read_file(name_, 1U << 20).value(), bytes_);
  }
  ASSERT_TRUE(dir().write_durably(name_, torn));
  Options again = options_;
  again.manifest_end = at_end_;
  const auto database = Database::open(again);
  ASSERT_TRUE(database) << database.error().what;
  EXPECT_TRUE((*database)->get("key59").value());
}

TEST_F(ManifestCheck, AnOlderManifestInForceIsFoundAndANewerOnePasses) {
  EXPECT_EQ(check_manifest(dir(), {at_end_.number + 1, 1}).error().code, Code::kCorrupt);
  EXPECT_TRUE(check_manifest(dir(), {at_end_.number - 1, 1U << 20}));
  Options again = options_;
  again.manifest_end = at_end_;
  const auto database = Database::open(again).value();
  EXPECT_GT(database->manifest_end().value(), at_end_);
}

TEST_F(ManifestCheck, ADatabaseWithACutManifestDoesNotOpen) {
  ASSERT_TRUE(dir().write_durably(name_, bytes_.substr(0, bytes_.size() - 30)));
  Options again = options_;
  again.manifest_end = at_end_;
  EXPECT_EQ(Database::open(again).error().code, Code::kCorrupt);
}

TEST_F(ManifestCheck, AMissingManifestIsDamage) {
  ASSERT_TRUE(dir().unlink(name_));
  Options again = options_;
  again.create = false;
  EXPECT_EQ(Database::open(again).error().code, Code::kCorrupt);
}

TEST(FlushMark, AFailedMarkClosesTheDatabaseForWrites) {
  const test::TempDir temp;
  Options options;
  options.directory = temp.path() + "/db";
  options.create = true;
  options.write_buffer_bytes = 64U << 10;
  options.on_flush = [](ManifestEnd) -> Result<void> { return fail(Code::kUnavailable, "no"); };
  const auto database = Database::open(options).value();
  Result<void> written;
  for (int i = 0; i < 10'000 && written; ++i) {
    Batch batch;
    batch.put("key" + std::to_string(i), std::string(8000, 'v'));
    written = database->write(std::move(batch));
  }
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, Code::kUnavailable);
}

}  // namespace
}  // namespace muzn::kv
