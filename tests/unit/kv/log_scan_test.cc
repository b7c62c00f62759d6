#include "kv/log_scan.h"

#include <gtest/gtest.h>

#include "crypto/crc.h"

namespace muzn::kv {
namespace {

constexpr std::uint64_t kMany = 100'000;  // changes, more than a search in one block looks ahead

void append_le(std::string& out, std::uint64_t value, unsigned count) {
  for (unsigned i = 0; i < count; ++i) out += static_cast<char>(value >> (8 * i));
}

// A record in one fragment of `size` bytes: a batch of `count` changes from `sequence` on.
std::string record(std::uint64_t sequence, std::uint64_t count, std::size_t size) {
  std::string typed(1, static_cast<char>(FragmentType::kFull));
  append_le(typed, sequence, 8);
  append_le(typed, count, 4);
  typed.resize(size - kFragmentHeaderBytes + 1, 'v');
  const auto crc =
      static_cast<std::uint32_t>(crypto::crc_update(crypto::Algorithm::kCrc32c, 0, typed));
  std::string out;
  append_le(out, ((crc >> 15) | (crc << 17)) + 0xa282ead8U, 4);
  append_le(out, typed.size() - 1, 2);
  return out + typed;
}

std::string rotten(std::string bytes) {
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  return bytes;
}

TEST(LogScan, CountsTheChangesOfWholeRecords) {
  LogScan scan("log", 0);
  ASSERT_TRUE(scan.take(record(1, kMany, kLogBlockBytes)));
  ASSERT_TRUE(scan.take(record(kMany + 1, 2, 500)));
  EXPECT_EQ(scan.last(), kMany + 2);
}

// However many changes the broken block held: what begins the next one was written as it stands.
TEST(LogScan, ARecordInTheBlockBehindABrokenOneIsAnAlarm) {
  LogScan scan("log", 0);
  ASSERT_TRUE(scan.take(rotten(record(1, kMany, kLogBlockBytes))));
  const auto taken = scan.take(record(kMany + 1, 1, 500));
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, Code::kCorrupt);
}

// Behind broken bytes of its own block it may be part of what somebody stored.
TEST(LogScan, AFarRecordBehindBrokenBytesOfItsBlockIsNone) {
  LogScan scan("log", 0);
  EXPECT_TRUE(scan.take(rotten(record(1, 1, 500)) + record(kMany, 1, 500)));
  LogScan near("log", 0);
  EXPECT_FALSE(near.take(rotten(record(1, 1, 500)) + record(2, 1, 500)));
}

}  // namespace
}  // namespace muzn::kv
