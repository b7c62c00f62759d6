#include "kv/log_replay.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <random>

#include "kv/backup.h"
#include "unit/fs/temp_dir.h"

namespace muzn::kv {
namespace {

namespace stdfs = std::filesystem;
using Content = std::vector<std::pair<std::string, std::string>>;

Content content(const Rows& rows) {
  Content out;
  EXPECT_TRUE(rows.scan("", "", [&](std::string_view key, std::string_view value) {
    out.emplace_back(key, value);
    return true;
  }));
  return out;
}

// A backup, many writes behind it that fill several tables and logs, and the content at its end.
class LogReplay : public testing::Test {
 protected:
  LogReplay() {
    options_.directory = temp_.path() + "/db";
    options_.create = true;
    options_.write_buffer_bytes = 64U << 10;
    options_.log_archive_bytes = 64U << 20;
    {
      const auto database = Database::open(options_).value();
      write(*database, 100);
      backups_ = BackupDirectory::open({.directory = temp_.path() + "/backups"}).value();
      EXPECT_TRUE(backups_->add(*database, "", [] { return true; }));
      before_ = database->sequence();
      write(*database, 300);
      expected_ = content(*database);
      end_ = database->sequence();
    }  // closed: while it is open, files come and go
    stdfs::copy(options_.directory, temp_.path() + "/logs", stdfs::copy_options::recursive);
  }

  void write(Database& database, int count) {
    for (int i = 0; i < count; ++i) {
      Batch batch;
      const std::string key = "key" + std::to_string(random_() % 50);
      const auto verb = random_() % 8;
      if (verb == 0) batch.erase(key);
      if (verb == 1) batch.erase_range(key, key + "9");
      // Some over several blocks of the log.
      if (verb > 1) batch.put(key, std::string(verb == 2 ? 70'000 : 900, static_cast<char>(i)));
      batch.put("last", std::to_string(i));
      EXPECT_TRUE(database.write(std::move(batch)));
    }
  }

  std::unique_ptr<Database> restored() {
    const std::string directory = temp_.path() + "/restored" + std::to_string(++restored_);
    EXPECT_TRUE(backups_->restore(1, directory));
    Options options;
    options.directory = directory;
    return Database::open(options).value();
  }

  Result<Replayed> replay(Database& database) {
    const auto archive = fs::Dir::open(logs("archive")).value();
    const auto live = fs::Dir::open(logs("")).value();
    return replay_logs({&archive, &live}, database);
  }

  std::string logs(const std::string& name) const { return temp_.path() + "/logs/" + name; }
  // By number, which grows with the length of the name and then with its letters.
  std::vector<stdfs::path> archived() const {
    std::vector<stdfs::path> out;
    for (const auto& entry : stdfs::directory_iterator(logs("archive"))) out.push_back(entry);
    std::ranges::sort(out);
    return out;
  }

  // One with others behind it, and many between it and the backup. Which of them RocksDB has moved
  // to the archive is a matter of time.
  stdfs::path late_log() const {
    auto all = archived();
    for (const auto& entry : stdfs::directory_iterator(logs(""))) {
      if (entry.path().extension() == ".log") all.push_back(entry);
    }
    std::ranges::sort(all, {}, &stdfs::path::filename);
    EXPECT_GT(all.size(), 10U);
    return all.at(all.size() - 5);
  }

  test::TempDir temp_;
  Options options_;
  std::mt19937 random_{7};
  std::unique_ptr<BackupDirectory> backups_;
  std::uint64_t before_ = 0;
  std::uint64_t end_ = 0;
  Content expected_;
  int restored_ = 0;
};

TEST_F(LogReplay, ABackupAndTheLogsGiveAllThatWasWritten) {
  ASSERT_GT(archived().size(), 3U);
  const auto database = restored();
  EXPECT_NE(content(*database), expected_);
  const Replayed done = replay(*database).value();
  EXPECT_EQ(done.from, before_);
  EXPECT_EQ(done.to, end_);
  EXPECT_EQ(done.records, 300U);
  EXPECT_EQ(done.gap_before, 0U);
  EXPECT_EQ(content(*database), expected_);
  // Again: there is nothing new.
  EXPECT_EQ(replay(*database).value().records, 0U);
}

TEST_F(LogReplay, WhatIsAppliedIsThereAfterReopening) {
  {
    const auto database = restored();
    ASSERT_TRUE(replay(*database));
  }
  Options options;
  options.directory = temp_.path() + "/restored1";
  const auto database = Database::open(options).value();
  EXPECT_EQ(content(*database), expected_);
  EXPECT_GE(database->sequence(), end_);
}

TEST_F(LogReplay, NothingBehindAMissingLogIsTaken) {
  stdfs::remove(late_log());
  const auto database = restored();
  const Replayed done = replay(*database).value();
  EXPECT_GT(done.to, before_);
  EXPECT_LT(done.to, end_);
  EXPECT_GT(done.gap_before, done.to + 1);
  EXPECT_EQ(database->sequence(), done.to);
}

TEST_F(LogReplay, NothingBehindARottenRecordIsTaken) {
  const auto rotten = late_log();
  const auto dir = fs::Dir::open(rotten.parent_path()).value();
  std::string bytes = dir.read_file(rotten.filename(), 1U << 30).value();
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  ASSERT_TRUE(dir.write_durably(rotten.filename(), bytes));
  const auto database = restored();
  const Replayed done = replay(*database).value();
  EXPECT_GT(done.to, before_);
  EXPECT_LT(done.to, end_);
  EXPECT_GT(done.gap_before, done.to + 1);
}

TEST_F(LogReplay, LogsOlderThanTheBackupChangeNothing) {
  for (const auto& log : archived()) stdfs::remove(log);
  for (const auto& entry : stdfs::directory_iterator(logs(""))) {
    if (entry.path().extension() == ".log") stdfs::remove(entry);
  }
  const auto database = restored();
  const Content before = content(*database);
  const Replayed done = replay(*database).value();
  EXPECT_EQ(done.records, 0U);
  EXPECT_EQ(content(*database), before);
}

}  // namespace
}  // namespace muzn::kv
