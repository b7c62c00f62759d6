#include "kv/backup.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "unit/fs/temp_dir.h"

namespace muzn::kv {
namespace {

namespace files = std::filesystem;

const std::function<bool()> kGoOn = [] { return true; };

struct BackupTest : testing::Test {
  BackupTest() : db(open_database("/rows")) {}

  std::unique_ptr<Database> open_database(const std::string& name) const {
    Options options;
    options.directory = temp.path() + name;
    options.create = true;
    return Database::open(options).value();
  }
  std::unique_ptr<BackupDirectory> open(bool read_only = false) const {
    return BackupDirectory::open({.directory = kept, .read_only = read_only}).value();
  }
  void put(const std::string& key, const std::string& value) const {
    Batch batch;
    batch.put(key, value);
    ASSERT_TRUE(db->write(std::move(batch)));
  }
  static std::map<std::string, std::string> rows(const Rows& from) {
    std::map<std::string, std::string> out;
    EXPECT_TRUE(from.scan("", "", [&](std::string_view key, std::string_view value) {
      out[std::string(key)] = value;
      return true;
    }));
    return out;
  }
  std::vector<files::path> tables() const {
    std::vector<files::path> out;
    for (const auto& entry : files::directory_iterator(kept + "/shared_checksum")) {
      out.push_back(entry.path());
    }
    return out;
  }

  const test::TempDir temp;
  const std::string kept = temp.path() + "/backup";
  std::unique_ptr<Database> db;
};

TEST_F(BackupTest, ComesBackAsItWas) {
  put("a", "1");
  const auto to = open();
  const BackupId first = to->add(*db, "label one", kGoOn).value();
  put("a", "2");
  put("b", "2");
  const BackupId second = to->add(*db, "label two", kGoOn).value();
  put("c", "3");

  const auto list = to->list();
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0].id, first);
  EXPECT_EQ(list[0].label, "label one");
  EXPECT_GT(list[0].bytes, 0U);
  EXPECT_GT(list[0].unix_seconds, 0);
  EXPECT_EQ(to->find(second).value().label, "label two");
  EXPECT_EQ(to->find(77).error().code, Code::kNotFound);

  using Map = std::map<std::string, std::string>;
  const auto from = open(true);
  ASSERT_TRUE(from->verify(first));
  ASSERT_TRUE(from->restore(first, temp.path() + "/one"));
  ASSERT_TRUE(from->restore(second, temp.path() + "/two"));
  EXPECT_EQ(rows(*open_database("/one")), (Map{{"a", "1"}}));
  const auto two = open_database("/two");
  EXPECT_EQ(rows(*two), (Map{{"a", "2"}, {"b", "2"}}));
  Batch more;  // and it is a database like any other
  more.put("d", "4");
  EXPECT_TRUE(two->write(std::move(more)));
}

TEST_F(BackupTest, RowsAreReadWhereTheyLie) {
  put("a", "1");
  const auto to = open();
  const BackupId id = to->add(*db, "", kGoOn).value();
  put("a", "2");
  const auto reader = open(true);
  const auto kept_rows = reader->open_rows(id, 1U << 20).value();
  EXPECT_EQ(kept_rows->get("a").value(), "1");
  EXPECT_TRUE(kept_rows->verify_tables());
  EXPECT_EQ(reader->open_rows(id + 1, 1U << 20).error().code, Code::kNotFound);
}

TEST_F(BackupTest, ANewOneCopiesOnlyWhatIsNew) {
  for (int i = 0; i < 100; ++i) put("key" + std::to_string(i), std::string(1000, 'v'));
  const auto to = open();
  ASSERT_TRUE(to->add(*db, "", kGoOn));
  const std::size_t before = tables().size();
  ASSERT_GT(before, 0U);
  ASSERT_TRUE(to->add(*db, "", kGoOn));
  EXPECT_EQ(tables().size(), before);
  put("new", "1");
  ASSERT_TRUE(to->add(*db, "", kGoOn));
  EXPECT_EQ(tables().size(), before + 1);
}

TEST_F(BackupTest, RemovesOneAndKeepsTheOthersWhole) {
  put("a", "1");
  const auto to = open();
  const BackupId first = to->add(*db, "", kGoOn).value();
  put("b", "2");
  const BackupId second = to->add(*db, "", kGoOn).value();
  ASSERT_TRUE(to->remove(first));
  EXPECT_EQ(to->remove(first).error().code, Code::kNotFound);
  EXPECT_EQ(to->list().size(), 1U);
  EXPECT_TRUE(to->verify(second));
  ASSERT_TRUE(to->restore(second, temp.path() + "/back"));
  EXPECT_EQ(rows(*open_database("/back")).size(), 2U);
}

TEST_F(BackupTest, AStoppedOneLeavesTheOlderWhole) {
  put("a", "1");
  BackupId first = 0;
  {
    const auto to = open();
    first = to->add(*db, "", kGoOn).value();
    // Large enough to be asked whether to go on.
    for (int i = 0; i < 80; ++i) put("k" + std::to_string(i), std::string(100'000, char('a' + i)));
    Batch noise;
    std::string bytes(12U << 20, '\0');
    std::uint32_t x = 1;
    for (char& c : bytes) c = static_cast<char>((x = x * 1664525 + 1013904223) >> 24);
    noise.put("noise", bytes);
    ASSERT_TRUE(db->write(std::move(noise)));
    EXPECT_EQ(to->add(*db, "", [] { return false; }).error().code, Code::kClosed);
  }
  EXPECT_EQ(open(true)->list().size(), 1U);
  const auto to = open();
  EXPECT_TRUE(to->verify(first));
  const BackupId next = to->add(*db, "", kGoOn).value();
  EXPECT_TRUE(to->verify(next));
  ASSERT_TRUE(to->restore(next, temp.path() + "/back"));
  EXPECT_EQ(rows(*open_database("/back")), rows(*db));
}

TEST_F(BackupTest, DamageIsFoundAndNotRestored) {
  put("a", std::string(10'000, 'v'));
  const auto to = open();
  const BackupId id = to->add(*db, "", kGoOn).value();
  ASSERT_TRUE(to->verify(id));
  const auto all = tables();
  ASSERT_EQ(all.size(), 1U);
  std::fstream file(all[0], std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(20);
  file.put('!');
  file.close();
  EXPECT_EQ(to->verify(id).error().code, Code::kCorrupt);
  EXPECT_EQ(to->restore(id, temp.path() + "/back").error().code, Code::kCorrupt);
  files::resize_file(all[0], 10);
  EXPECT_FALSE(open(true)->verify(id));
  files::remove(all[0]);
  EXPECT_TRUE(open(true)->list().empty());
}

TEST_F(BackupTest, ReadersWriteNothing) {
  EXPECT_FALSE(BackupDirectory::open({.directory = kept, .read_only = true}));
  EXPECT_FALSE(files::exists(kept));
  const BackupId id = open()->add(*db, "", kGoOn).value();
  const auto reader = open(true);
  EXPECT_EQ(reader->add(*db, "", kGoOn).error().code, Code::kUnavailable);
  EXPECT_EQ(reader->remove(id).error().code, Code::kUnavailable);
  EXPECT_TRUE(reader->verify(id));
}

}  // namespace
}  // namespace muzn::kv
