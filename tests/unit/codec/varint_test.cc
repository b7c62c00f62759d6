#include "codec/varint.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace muzn::codec {
namespace {

std::string varint_of(std::uint64_t value) {
  std::string out;
  put_varint(out, value);
  return out;
}

TEST(Varint, Vectors) {
  EXPECT_EQ(varint_of(0), std::string_view("\0", 1));
  EXPECT_EQ(varint_of(127), "\x7F");
  EXPECT_EQ(varint_of(128), "\x80\x01");
  EXPECT_EQ(varint_of(150), "\x96\x01");
  EXPECT_EQ(varint_of(300), "\xAC\x02");
  EXPECT_EQ(varint_of(std::numeric_limits<std::uint64_t>::max()),
            "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01");
}

TEST(Varint, RoundTripsAroundEachPowerOfTwo) {
  for (int bit = 0; bit < 64; ++bit) {
    for (const std::uint64_t value : {(1ULL << bit) - 1, 1ULL << bit, (1ULL << bit) + 1}) {
      const std::string text = varint_of(value);
      FieldReader reader(text);
      EXPECT_EQ(reader.varint().value(), value);
      EXPECT_TRUE(reader.at_end());
    }
  }
}

TEST(Varint, RefusesCutLongAndPadded) {
  for (const std::string& text :
       {std::string(), std::string("\x80"), std::string(9, '\xFF'), std::string(10, '\x80') + '\1',
        std::string(9, '\xFF') + '\2', std::string("\x80\0", 2), std::string("\xFF\0", 2)}) {
    FieldReader reader(text);
    EXPECT_EQ(reader.varint().error().code, Code::kCorrupt);
    EXPECT_EQ(reader.rest(), text);
  }
}

TEST(Fields, MixedRow) {
  std::string row;
  put_bytes(row, "key");
  put_be64(row, 0x0102030405060708ULL);
  put_be16(row, 0xBEEF);
  put_bytes(row, "");
  put_varint(row, 7);
  row += "tail";
  FieldReader reader(row);
  EXPECT_EQ(reader.bytes().value(), "key");
  EXPECT_EQ(reader.be64().value(), 0x0102030405060708ULL);
  EXPECT_EQ(reader.be16().value(), 0xBEEF);
  EXPECT_EQ(reader.bytes().value(), "");
  EXPECT_EQ(reader.varint().value(), 7U);
  EXPECT_EQ(reader.rest(), "tail");
  EXPECT_EQ(reader.raw(5).error().code, Code::kCorrupt);
  EXPECT_EQ(reader.be64().error().code, Code::kCorrupt);
  EXPECT_EQ(reader.raw(4).value(), "tail");
  EXPECT_TRUE(reader.at_end());
  EXPECT_EQ(reader.be16().error().code, Code::kCorrupt);
}

TEST(Fields, BytesLengthPastTheEnd) {
  for (const std::uint64_t size : {4ULL, 1ULL << 32, ~0ULL}) {
    std::string row = varint_of(size) + "abc";
    FieldReader reader(row);
    EXPECT_EQ(reader.bytes().error().code, Code::kCorrupt);
    EXPECT_EQ(reader.rest(), row);
  }
}

// Both ways to read take the same and leave the same.
TEST(Fields, TakingAgreesWithReading) {
  std::mt19937 random(11);
  for (int i = 0; i < 20'000; ++i) {
    std::string row(random() % 14, '\0');
    for (char& c : row) c = static_cast<char>(random() % 3 == 0 ? random() % 4 : random());
    FieldReader reading(row);
    FieldReader taking(row);
    std::uint64_t number = 0;
    std::string_view bytes;
    const bool as_number = random() % 2 == 0;
    const bool taken = as_number ? taking.take_varint(number) : taking.take_bytes(bytes);
    if (as_number) {
      const auto read = reading.varint();
      ASSERT_EQ(taken, read.has_value());
      if (read) ASSERT_EQ(number, *read);
    } else {
      const auto read = reading.bytes();
      ASSERT_EQ(taken, read.has_value());
      if (read) ASSERT_EQ(bytes, *read);
    }
    ASSERT_EQ(taking.rest(), reading.rest());
  }
}

TEST(Fields, BigEndianKeepsOrder) {
  std::string small;
  std::string big;
  put_be64(small, 255);
  put_be64(big, 256);
  EXPECT_LT(small, big);
}

}  // namespace
}  // namespace muzn::codec
