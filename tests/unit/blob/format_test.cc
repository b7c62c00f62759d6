#include "blob/format.h"

#include <gtest/gtest.h>

#include "unit/blob/engines.h"

namespace muzn::blob {
namespace {

const BlobId kId("\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10", 16);

std::string to_hex(std::string_view bytes) {
  std::string out;
  for (const char byte : bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    out.push_back(kDigits[static_cast<unsigned char>(byte) >> 4]);
    out.push_back(kDigits[static_cast<unsigned char>(byte) & 15]);
  }
  return out;
}

std::string footer_of(std::string_view data, std::string_view label = {}) {
  std::vector<std::uint64_t> checksums;
  for (std::size_t at = 0; at < data.size(); at += kBlockBytes) {
    checksums.push_back(block_checksum(kId, checksums.size(), data.substr(at, kBlockBytes)));
  }
  return encode_footer(kId, data.size(), checksums, label);
}

// Computed once and kept: files of format 1 stay readable.
TEST(BlobFormat, GoldenBytes) {
  EXPECT_EQ(to_hex(footer_of("")),
            "4d555a4e424c4f42"                  // magic
            "0100000000000100"                  // version 1, blocks of 65536
            "0102030405060708090a0b0c0d0e0f10"  // id
            "0000000000000000"                  // data size
            "0000000000000000"                  // blocks
            "0000000000000000"                  // reserved
            "c7a01b7998771586");
  EXPECT_EQ(to_hex(footer_of("hello")),
            "76853608a098114d"  // of block 0
            "4d555a4e424c4f42"
            "0100000000000100"
            "0102030405060708090a0b0c0d0e0f10"
            "0500000000000000"
            "0100000000000000"
            "0000000000000000"
            "73f6942d1b623b29");
}

TEST(BlobFormat, GoldenBytesOfALabelledBlob) {
  EXPECT_EQ(to_hex(footer_of("hello", "whose")),
            "76853608a098114d"  // of block 0
            "77686f7365"        // label
            "4d555a4e424c4f42"
            "0200000000000100"  // version 2
            "0102030405060708090a0b0c0d0e0f10"
            "0500000000000000"
            "0100000000000000"
            "0500000000000000"  // label size
            "217bac002b922fa7");
}

TEST(BlobFormat, SizesAtTheEdges) {
  EXPECT_EQ(block_count(0), 0U);
  EXPECT_EQ(block_count(1), 1U);
  EXPECT_EQ(block_count(kBlockBytes), 1U);
  EXPECT_EQ(block_count(kBlockBytes + 1), 2U);
  EXPECT_EQ(footer_size(0, 0), 64U);
  EXPECT_EQ(footer_size(kBlockBytes + 1, 3), 83U);
}

TEST(BlobFormat, RoundTrips) {
  const std::string data = pattern(3 * kBlockBytes + 5);
  const std::string label = pattern(kLabelBytesMax);
  const std::string footer = footer_of(data, label);
  const Footer out = decode_footer(kId, data.size() + footer.size(), footer).value();
  EXPECT_EQ(out.data_size, data.size());
  EXPECT_EQ(out.label, label);
  ASSERT_EQ(out.checksums.size(), 4U);
  EXPECT_EQ(out.checksums[3], block_checksum(kId, 3, data.substr(3 * kBlockBytes)));
}

TEST(BlobFormat, IdentityIsInTheChecksum) {
  BlobId other = kId;
  other.back() = 0;
  EXPECT_NE(block_checksum(kId, 0, "same"), block_checksum(kId, 1, "same"));
  EXPECT_NE(block_checksum(kId, 0, "same"), block_checksum(other, 0, "same"));
  const std::string footer = footer_of("hello");
  EXPECT_EQ(decode_footer(other, 5 + footer.size(), footer).error().code, Code::kCorrupt);
  const std::string trailer = footer.substr(footer.size() - kTrailerBytes);
  EXPECT_TRUE(decode_trailer(kId, 5 + footer.size(), trailer));
  EXPECT_EQ(decode_trailer(other, 5 + footer.size(), trailer).error().code, Code::kCorrupt);
}

// One form of each footer: what a later format may put there is not for this one to ignore.
TEST(BlobFormat, ReservedBytesAreZero) {
  const std::string footer = footer_of("hello");
  const std::uint64_t size = 5 + footer.size();
  for (std::size_t at = footer.size() - 16; at < footer.size() - 8; ++at) {
    std::string other = footer.substr(0, footer.size() - 8);
    other[at] = 1;
    // The number that stands for the footer itself.
    const std::uint64_t sum = block_checksum(kId, ~std::uint64_t{0}, other);
    for (unsigned i = 0; i < 8; ++i) other.push_back(static_cast<char>(sum >> (8 * i)));
    EXPECT_EQ(decode_footer(kId, size, other).error().code, Code::kCorrupt) << at;
  }
}

class BrokenFooter : public testing::TestWithParam<const char*> {};

TEST_P(BrokenFooter, IsRefused) {
  const std::string footer = footer_of("hello", GetParam());
  const std::uint64_t size = 5 + footer.size();
  EXPECT_TRUE(decode_footer(kId, size, footer));
  EXPECT_FALSE(decode_footer(kId, size + 1, footer));
  EXPECT_FALSE(decode_footer(kId, size - 1, footer));
  EXPECT_FALSE(decode_footer(kId, size, footer.substr(1)));
  EXPECT_FALSE(decode_footer(kId, size, ""));
  for (std::size_t bit = 0; bit < footer.size() * 8; ++bit) {
    std::string damaged = footer;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    ASSERT_EQ(decode_footer(kId, size, damaged).error().code, Code::kCorrupt) << bit;
  }
}
INSTANTIATE_TEST_SUITE_P(Labels, BrokenFooter, testing::Values("", "whose"));

// Whole by its checksum, but no footer of ours: a label and its version go together.
TEST(BlobFormat, AVersionAndItsLabelGoTogether) {
  const auto changed = [](std::string footer, std::size_t from_end, char value) {
    footer[footer.size() - from_end] = value;
    const std::size_t checked = footer.size() - 8;
    const std::uint64_t sum =
        block_checksum(kId, ~std::uint64_t{0}, std::string_view(footer).substr(0, checked));
    for (std::size_t i = 0; i < 8; ++i) footer[checked + i] = static_cast<char>(sum >> (8 * i));
    return footer;
  };
  constexpr std::size_t kVersionFromEnd = 56;
  const std::string plain = encode_footer(kId, 0, {}, {});
  const std::string labelled = encode_footer(kId, 0, {}, "l");
  EXPECT_TRUE(decode_footer(kId, plain.size(), changed(plain, kVersionFromEnd, 1)));
  EXPECT_FALSE(decode_footer(kId, plain.size(), changed(plain, kVersionFromEnd, 2)));
  EXPECT_TRUE(decode_footer(kId, labelled.size(), changed(labelled, kVersionFromEnd, 2)));
  EXPECT_FALSE(decode_footer(kId, labelled.size(), changed(labelled, kVersionFromEnd, 1)));
}

TEST(BlobFormat, RefusesSizesThatCannotBe) {
  // A data size near 2^64 must not wrap into a size that agrees.
  std::string huge = encode_footer(kId, 0, {}, {});
  for (std::size_t i = 32; i < 40; ++i) huge[i] = '\xff';
  EXPECT_FALSE(decode_footer(kId, huge.size(), huge));
  // Nor may a label's.
  std::string label = encode_footer(kId, 0, {}, "l");
  for (std::size_t i = label.size() - 16; i < label.size() - 8; ++i) label[i] = '\xff';
  EXPECT_FALSE(decode_footer(kId, label.size(), label));
}

}  // namespace
}  // namespace muzn::blob
