#include "codec/gzip.h"

#include <gtest/gtest.h>

namespace muzn::codec {
namespace {

std::string varied(std::size_t size) {
  std::string out;
  for (std::uint32_t x = 1; out.size() < size; x = x * 1'664'525U + 1'013'904'223U) {
    out.push_back(static_cast<char>(x >> 24U));
  }
  return out;
}

TEST(Gzip, ThereAndBack) {
  for (const std::size_t size : {0U, 1U, 65'535U, 65'536U, 300'000U}) {
    for (const std::string& bytes : {std::string(size, 'a'), varied(size)}) {
      const std::string file = gzip(bytes);
      EXPECT_EQ(file, gzip(bytes));
      EXPECT_EQ(gunzip(file, size).value(), bytes);
    }
  }
}

// As `gzip -n` writes it, but for the byte of the system.
TEST(Gzip, SaysNothingOfItsMaking) {
  const std::string file = gzip("x");
  EXPECT_EQ(file.substr(0, 9), std::string("\x1f\x8b\x08\0\0\0\0\0\0", 9));
}

TEST(Gzip, RefusesWhatIsNoWholeFile) {
  const std::string file = gzip("some bytes");
  const auto code = [](std::string_view bytes, std::size_t most) {
    const auto read = gunzip(bytes, most);
    return read ? Code::kInternal : read.error().code;
  };
  for (std::size_t size = 0; size < file.size(); ++size) {
    EXPECT_EQ(code(file.substr(0, size), 100), Code::kCorrupt) << size;
  }
  EXPECT_EQ(code(file + "x", 100), Code::kCorrupt);
  std::string wrong = file;
  wrong[wrong.size() - 6] ^= 1;  // of the CRC
  EXPECT_EQ(code(wrong, 100), Code::kCorrupt);
  EXPECT_EQ(code(gzip(std::string(1'000'000, 'a')), 999'999), Code::kLimit);
}

}  // namespace
}  // namespace muzn::codec
