#include "codec/swar.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

namespace muzn::codec {
namespace {

std::uint64_t word_of(std::string_view bytes) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes.data(), sizeof word);
  return word;
}

// Every byte at every place, among bytes on either side of each bound.
TEST(Swar, FindsWhatABytewiseLookFinds) {
  std::mt19937 random(1);
  for (unsigned byte = 0; byte < 256; ++byte) {
    for (std::size_t place = 0; place < 8; ++place) {
      std::string text(8, 'a');
      for (char& c : text) c = static_cast<char>(0x21 + random() % 0x5e);
      text[place] = static_cast<char>(byte);
      const std::uint64_t word = word_of(text);
      const auto any = [&](auto is) {
        return std::any_of(text.begin(), text.end(),
                           [&](char c) { return is(static_cast<unsigned char>(c)); });
      };
      EXPECT_EQ(below_in(word, 0x20) != 0, any([](unsigned c) { return c < 0x20; })) << byte;
      EXPECT_EQ(below_in(word, 0x21) != 0, any([](unsigned c) { return c < 0x21; })) << byte;
      EXPECT_EQ(beyond_ascii_in(word) != 0, any([](unsigned c) { return c > 0x7e; })) << byte;
      EXPECT_EQ(byte_in(word, '%') != 0, any([](unsigned c) { return c == '%'; })) << byte;
      EXPECT_EQ(byte_in(word, 0x7f) != 0, any([](unsigned c) { return c == 0x7f; })) << byte;
    }
  }
}

TEST(Swar, PlainPrefixEndsAtTheFirstOtherByte) {
  std::array<bool, 256> plain{};
  plain.fill(true);
  plain['%'] = false;
  const auto has_other = [](std::uint64_t word) { return byte_in(word, '%') != 0; };
  for (std::size_t size = 0; size < 40; ++size) {
    EXPECT_EQ(plain_prefix(std::string(size, 'x'), plain, has_other), size);
    for (std::size_t place = 0; place < size; ++place) {
      std::string text(size, 'x');
      text[place] = '%';
      if (place + 3 < size) text[place + 3] = '%';
      EXPECT_EQ(plain_prefix(text, plain, has_other), place);
    }
  }
}

}  // namespace
}  // namespace muzn::codec
