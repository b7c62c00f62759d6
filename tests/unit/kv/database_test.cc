#include "kv/database.h"

#include <gtest/gtest.h>

#include <algorithm>
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

std::vector<std::string> keys(const Rows& db, std::string_view from, std::string_view to,
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
  EXPECT_GT(db->figures().bytes_on_disk, 0U);
}

TEST(Database, ASnapshotStaysAsItWas) {
  const test::TempDir temp;
  const auto db = Database::open(options_in(temp)).value();
  Batch batch;
  for (const char* key : {"a", "b", "c"}) batch.put(key, "old");
  ASSERT_TRUE(db->write(std::move(batch)));
  const auto then = db->snapshot();
  Batch change;
  change.put("a", "new");
  change.put("d", "new");
  change.erase_range("b", "d");
  ASSERT_TRUE(db->write(std::move(change)));
  EXPECT_EQ(db->get("b").value(), std::nullopt);
  EXPECT_EQ(then->get("a").value(), "old");
  EXPECT_EQ(then->get("b").value(), "old");
  EXPECT_EQ(then->get("d").value(), std::nullopt);
  using Keys = std::vector<std::string>;
  EXPECT_EQ(keys(*then, "", "", false), (Keys{"a", "b", "c"}));
  EXPECT_EQ(keys(*then, "b", "", true), (Keys{"c", "b"}));
  EXPECT_EQ(keys(*db, "", "", false), (Keys{"a", "d"}));
}

TEST(Database, CountsItsCache) {
  const test::TempDir temp;
  {
    const auto db = Database::open(options_in(temp)).value();
    Batch batch;
    batch.put("a", "1");
    ASSERT_TRUE(db->write(std::move(batch)));
  }
  const auto db = Database::open(options_in(temp)).value();  // its log is a table now
  ASSERT_EQ(db->get("a").value(), "1");
  const Figures cold = db->figures();
  EXPECT_GT(cold.cache_misses, 0U);
  EXPECT_GT(cold.cache_bytes, 0U);
  EXPECT_EQ(cold.cache_capacity, Options().cache_bytes);
  ASSERT_EQ(db->get("a").value(), "1");
  EXPECT_GT(db->figures().cache_hits, cold.cache_hits);
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

// A database whose log was made into tables by a restart.
std::unique_ptr<Database> with_tables(const test::TempDir& temp) {
  for (int i = 0; i < 2; ++i) {
    const auto db = Database::open(options_in(temp)).value();
    Batch batch;
    for (int row = 0; row < 200; ++row) {
      batch.put(std::to_string(i) + "/" + std::to_string(row), std::string(3000, 'x'));
    }
    EXPECT_TRUE(db->write(std::move(batch)));
  }
  return Database::open(options_in(temp)).value();
}

std::string table_path(const test::TempDir& temp, std::uint64_t number) {
  std::string digits = std::to_string(number);
  return temp.path() + "/rows/" + std::string(6 - digits.size(), '0') + digits + ".sst";
}

const auto kGoOn = [](std::uint64_t) { return true; };

TEST(Database, VerifiesOneTableAtTheCallersPace) {
  const test::TempDir temp;
  const auto db = with_tables(temp);
  const auto tables = db->tables();
  ASSERT_GE(tables.size(), 2U);
  EXPECT_TRUE(std::ranges::is_sorted(tables));
  for (const std::uint64_t table : tables) {
    std::uint64_t asked = 0;
    std::uint64_t most = 0;
    const auto verified = db->verify_table(table, [&](std::uint64_t bytes) {
      asked += bytes;
      most = std::max(most, bytes);
      return true;
    });
    EXPECT_TRUE(verified) << verified.error().what;
    EXPECT_GE(asked, std::filesystem::file_size(table_path(temp, table)) / 2);
    EXPECT_LE(most, 1U << 20);
  }
  const auto stopped = db->verify_table(tables[0], [](std::uint64_t) { return false; });
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, Code::kUnavailable);
}

TEST(Database, FindsARottenTableAndAMissingOne) {
  const test::TempDir temp;
  const auto db = with_tables(temp);
  const auto tables = db->tables();
  ASSERT_GE(tables.size(), 2U);
  std::fstream file(table_path(temp, tables[0]), std::ios::in | std::ios::out);
  file.seekg(300);
  const int was = file.get();
  file.seekp(300);
  file.put(static_cast<char>(was ^ 1));
  file.close();
  std::filesystem::remove(table_path(temp, tables[1]));
  for (const std::uint64_t table : {tables[0], tables[1]}) {
    const auto verified = db->verify_table(table, kGoOn);
    ASSERT_FALSE(verified);
    EXPECT_EQ(verified.error().code, Code::kCorrupt);
    EXPECT_NE(verified.error().what.find(std::to_string(table) + ".sst"), std::string::npos)
        << verified.error().what;
  }
}

TEST(Database, ATableThatIsGoneIsNoFault) {
  const test::TempDir temp;
  const auto db = with_tables(temp);
  EXPECT_TRUE(db->verify_table(999'999, kGoOn));
}

TEST(Database, ScanOnceSeesTheSameRows) {
  const test::TempDir temp;
  const auto db = with_tables(temp);
  std::size_t rows = 0;
  ASSERT_TRUE(db->scan_once("0/", "1/", [&](std::string_view, std::string_view value) {
    EXPECT_EQ(value.size(), 3000U);
    return ++rows < 150;
  }));
  EXPECT_EQ(rows, 150U);
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
