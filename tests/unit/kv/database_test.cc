#include "kv/database.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "unit/fs/temp_dir.h"

namespace muzn::kv {
namespace {

Options options_in(const test::TempDir& temp) {
  Options out;
  out.directory = temp.path() + "/rows";
  out.create = true;
  return out;
}

std::vector<std::string> keys(const Database& db, std::string_view from, std::string_view to,
                              bool back) {
  std::vector<std::string> out;
  const auto visit = [&](std::string_view key, std::string_view) {
    out.emplace_back(key);
    return true;
  };
  EXPECT_TRUE(back ? db.scan_back(from, to, visit) : db.scan(from, to, visit));
  return out;
}

TEST(Database, WritesAreThereAfterReopening) {
  const test::TempDir temp;
  std::uint64_t sequence = 0;
  {
    const auto db = Database::open(options_in(temp)).value();
    Batch batch;
    batch.put("a", "1");
    batch.put(std::string("b\0b", 3), std::string("\0\xff", 2));
    batch.put("c", "3");
    batch.erase("a");
    ASSERT_TRUE(db->write(std::move(batch)));
    sequence = db->sequence();
    EXPECT_GT(sequence, 0U);
  }
  const auto db = Database::open(options_in(temp)).value();
  EXPECT_GE(db->sequence(), sequence);
  EXPECT_EQ(db->get("a").value(), std::nullopt);
  EXPECT_EQ(db->get(std::string("b\0b", 3)).value(), std::string("\0\xff", 2));
  EXPECT_EQ(db->get("c").value(), "3");
}

TEST(Database, ScansWithinBoundsBothWays) {
  const test::TempDir temp;
  const auto db = Database::open(options_in(temp)).value();
  Batch batch;
  for (const char* key : {"a", "b", "c", "d"}) batch.put(key, key);
  ASSERT_TRUE(db->write(std::move(batch)));
  using Keys = std::vector<std::string>;
  EXPECT_EQ(keys(*db, "b", "d", false), (Keys{"b", "c"}));
  EXPECT_EQ(keys(*db, "b", "d", true), (Keys{"c", "b"}));
  EXPECT_EQ(keys(*db, "b", "", false), (Keys{"b", "c", "d"}));
  EXPECT_EQ(keys(*db, "", "", true), (Keys{"d", "c", "b", "a"}));
  EXPECT_EQ(keys(*db, "c", "c", false), Keys{});
  EXPECT_EQ(keys(*db, "d", "b", true), Keys{});

  Batch erase;
  erase.erase_range("b", "d");
  ASSERT_TRUE(db->write(std::move(erase)));
  EXPECT_EQ(keys(*db, "", "", false), (Keys{"a", "d"}));
  EXPECT_GT(db->bytes_on_disk(), 0U);
}

TEST(Database, RefusesToOpenTwiceOrNothing) {
  const test::TempDir temp;
  Options none = options_in(temp);
  none.create = false;
  EXPECT_EQ(Database::open(none).error().code, Code::kCorrupt);
  const auto db = Database::open(options_in(temp)).value();
  EXPECT_EQ(Database::open(options_in(temp)).error().code, Code::kUnavailable);
}

TEST(Database, DamagedTableIsCorruptNotWrong) {
  const test::TempDir temp;
  const std::string value(4000, 'v');
  Options options = options_in(temp);
  options.write_buffer_bytes = 64U << 10;
  {
    const auto db = Database::open(options).value();
    for (int i = 0; i < 200; ++i) {
      Batch batch;
      batch.put("key" + std::to_string(i), value + std::to_string(i));
      ASSERT_TRUE(db->write(std::move(batch)));
    }
  }
  int damaged = 0;
  for (const auto& entry : std::filesystem::directory_iterator(options.directory)) {
    if (entry.path().extension() != ".sst") continue;
    std::FILE* file = std::fopen(entry.path().c_str(), "r+");
    ASSERT_NE(file, nullptr);
    ASSERT_EQ(std::fseek(file, 100, SEEK_SET), 0);
    ASSERT_EQ(std::fputs("damage", file) >= 0, true);
    ASSERT_EQ(std::fclose(file), 0);
    ++damaged;
  }
  ASSERT_GT(damaged, 0);
  const auto db = Database::open(options);
  if (!db) {
    EXPECT_EQ(db.error().code, Code::kCorrupt);
    return;
  }
  int corrupt = 0;
  for (int i = 0; i < 200; ++i) {
    const auto got = (*db)->get("key" + std::to_string(i));
    if (!got) {
      EXPECT_EQ(got.error().code, Code::kCorrupt);
      ++corrupt;
    } else {
      EXPECT_EQ(*got, value + std::to_string(i));
    }
  }
  EXPECT_GT(corrupt, 0);
}

// Bytes that do not compress lie in a table as they are, so that no decoder notices either.
TEST(Database, AScanOfADamagedTableIsCorruptNotWrong) {
  const test::TempDir temp;
  Options options = options_in(temp);
  options.write_buffer_bytes = 64U << 10;
  std::mt19937 noise(1);
  std::string value(4000, '\0');
  {
    const auto db = Database::open(options).value();
    for (int i = 0; i < 60; ++i) {
      for (char& c : value) c = static_cast<char>(noise());
      Batch batch;
      batch.put("key" + std::to_string(i), value);
      ASSERT_TRUE(db->write(std::move(batch)));
    }
  }
  int damaged = 0;
  for (const auto& entry : std::filesystem::directory_iterator(options.directory)) {
    if (entry.path().extension() != ".sst") continue;
    std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(1000);
    const char byte = static_cast<char>(file.get() ^ 1);
    file.seekp(1000);
    file.put(byte);
    ++damaged;
  }
  ASSERT_GT(damaged, 0);
  const auto db = Database::open(options).value();
  const auto all = [](std::string_view, std::string_view) { return true; };
  for (const auto& scanned : {db->scan("", "", all), db->scan_back("", "", all)}) {
    ASSERT_FALSE(scanned);
    EXPECT_EQ(scanned.error().code, Code::kCorrupt);
  }
}

}  // namespace
}  // namespace muzn::kv
