#include "kv/log_check.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "crypto/crc.h"
#include "kv/database.h"
#include "unit/fs/temp_dir.h"

namespace muzn::kv {
namespace {

// The log of a database that was not closed, after some synced writes.
class LogCheck : public testing::Test {
 protected:
  LogCheck() {
    Options options;
    options.directory = temp_.path() + "/db";
    options.create = true;
    const auto database = Database::open(options).value();
    for (int i = 0; i < 40; ++i) {
      Batch batch;
      // Records over several blocks, too.
      batch.put("key " + std::to_string(i), std::string(i == 20 ? 100'000 : 300, 'v'));
      EXPECT_TRUE(database->write(std::move(batch)));
      ends_.push_back(log(options.directory).size());
    }
    bytes_ = log(options.directory);
    std::filesystem::create_directory(temp_.path() + "/copy");
  }

  static std::string log(const std::string& directory) {
    std::string out;
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
      if (entry.path().extension() != ".log") continue;
      std::ifstream in(entry.path(), std::ios::binary);
      out.assign(std::istreambuf_iterator<char>(in), {});
    }
    return out;
  }

  Result<void> check(const std::string& bytes, const std::string& next = "") {
    const std::string copy = temp_.path() + "/copy";
    std::ofstream(copy + "/000007.log", std::ios::binary) << bytes;
    if (!next.empty()) std::ofstream(copy + "/000010.log", std::ios::binary) << next;
    return check_logs(fs::Dir::open(copy).value(), 0);
  }

  test::TempDir temp_;
  std::string bytes_;
  std::vector<std::size_t> ends_;  // of the records
};

TEST_F(LogCheck, AWholeLogPasses) {
  EXPECT_TRUE(check(bytes_));
  EXPECT_TRUE(check(""));
}

// Every length that a torn last write can leave.
TEST_F(LogCheck, ATornTailPasses) {
  for (std::size_t size = 0; size < bytes_.size(); size += 997) {
    EXPECT_TRUE(check(bytes_.substr(0, size))) << size;
    EXPECT_TRUE(check(bytes_.substr(0, size) + std::string(3000, '\0'))) << size;
  }
  std::string last = bytes_;
  for (std::size_t at = ends_[38]; at < last.size(); ++at) last[at] = '\0';
  EXPECT_TRUE(check(last));
}

TEST_F(LogCheck, ARottenByteBeforeTheLastRecordIsFound) {
  for (std::size_t at = 0; at < ends_[38]; at += 611) {
    std::string rotten = bytes_;
    rotten[at] = static_cast<char>(rotten[at] ^ 0x10);
    const auto checked = check(rotten);
    // Less than a header at the end of a block is padding, which nobody reads.
    if (at % 32768 > 32768 - 7) continue;
    ASSERT_FALSE(checked) << at;
    EXPECT_EQ(checked.error().code, Code::kCorrupt);
  }
}

TEST_F(LogCheck, RotInTheSecondLogIsFound) {
  std::string rotten = bytes_;
  rotten[ends_[9] + 20] = static_cast<char>(rotten[ends_[9] + 20] ^ 1);
  EXPECT_FALSE(check(bytes_.substr(0, ends_[9]), rotten));
  EXPECT_TRUE(check(bytes_.substr(0, ends_[9]), bytes_));
}

TEST_F(LogCheck, RotInTheFirstRecordOfAShortLogIsFound) {
  const std::string log = bytes_.substr(0, ends_[3]);
  for (std::size_t at = 0; at < ends_[2]; ++at) {
    std::string rotten = log;
    rotten[at] = static_cast<char>(rotten[at] ^ 0x10);
    ASSERT_FALSE(check(rotten)) << at;
  }
}

// A torn last write whose bytes hold a log of another database, as an object that somebody stored.
TEST_F(LogCheck, AStoredLogInATornRecordIsNoAlarm) {
  std::string foreign;
  for (const std::uint64_t sequence : {std::uint64_t{1}, std::uint64_t{1} << 40}) {
    std::string batch(12, '\0');
    for (unsigned i = 0; i < 8; ++i) batch[i] = static_cast<char>(sequence >> (8 * i));
    batch[8] = 1;
    const std::string typed = "\x01" + batch;
    const auto crc =
        static_cast<std::uint32_t>(crypto::crc_update(crypto::Algorithm::kCrc32c, 0, typed));
    const std::uint32_t masked = ((crc >> 15) | (crc << 17)) + 0xa282ead8U;
    for (unsigned i = 0; i < 4; ++i) foreign += static_cast<char>(masked >> (8 * i));
    foreign += std::string("\x0c\0", 2) + typed;
  }
  // The log's first record, and one in its middle, whose beginning never came to the disk.
  for (const std::size_t end : {std::size_t{0}, ends_[9]}) {
    EXPECT_TRUE(check(bytes_.substr(0, end) + std::string(200, '\0') + foreign)) << end;
  }
}

// As after a recovery whose unlink of the torn log was lost.
TEST_F(LogCheck, ATornLogFollowedByItsSuccessorPasses) {
  const std::string torn = bytes_.substr(0, ends_[9] + 5);
  EXPECT_TRUE(check(torn, bytes_.substr(ends_[9], ends_[12] - ends_[9])));
}

}  // namespace
}  // namespace muzn::kv
