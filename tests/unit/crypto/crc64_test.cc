#include "crypto/crc64.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace muzn::crypto {
namespace {

std::vector<Crc64Path> paths() {
  std::vector<Crc64Path> out;
  for (const Crc64Path path : {Crc64Path::kTable, Crc64Path::kPclmul, Crc64Path::kVpclmul}) {
    if (crc64_supported(path)) out.push_back(path);
  }
  return out;
}

// Bit by bit, straight from the definition.
std::uint64_t reference(std::string_view bytes) {
  std::uint64_t crc = ~0ULL;
  for (const char c : bytes) {
    crc ^= static_cast<std::uint8_t>(c);
    for (int i = 0; i < 8; ++i) crc = crc >> 1 ^ ((crc & 1U) != 0 ? kCrc64NvmePolynomial : 0);
  }
  return ~crc;
}

TEST(Crc64, CatalogueAndSpecification) {
  std::string count;
  for (int i = 0; i < 4096; ++i) count.push_back(static_cast<char>(i));
  for (const Crc64Path path : paths()) {
    EXPECT_EQ(crc64_nvme(path, 0, "123456789"), 0xAE8B14860A799888ULL);
    EXPECT_EQ(crc64_nvme(path, 0, ""), 0U);
    // NVM Command Set specification 1.0, "64b CRC test cases".
    EXPECT_EQ(crc64_nvme(path, 0, std::string(4096, '\0')), 0x6482D367EB22B64EULL);
    EXPECT_EQ(crc64_nvme(path, 0, std::string(4096, '\xFF')), 0xC0DDBA7302ECA3ACULL);
    EXPECT_EQ(crc64_nvme(path, 0, count), 0x3E729F5F6750449CULL);
  }
}

TEST(Crc64, AllPathsAgreeAtAllSizesAndOffsets) {
  std::string bytes(3000, '\0');
  std::uint32_t state = 1;
  for (char& c : bytes) {
    state = state * 1664525U + 1013904223U;
    c = static_cast<char>(state >> 24);
  }
  for (std::size_t size = 0; size <= 1200; ++size) {
    const std::string_view text = std::string_view(bytes).substr(size % 17, size);
    const std::uint64_t expected = reference(text);
    for (const Crc64Path path : paths()) {
      ASSERT_EQ(crc64_nvme(path, 0, text), expected) << size;
    }
    ASSERT_EQ(crc64_nvme(0, text), expected);
  }
  const std::uint64_t whole = reference(bytes);
  for (std::size_t cut = 0; cut <= bytes.size(); cut += 61) {
    for (const Crc64Path path : paths()) {
      const std::uint64_t head = crc64_nvme(path, 0, std::string_view(bytes).substr(0, cut));
      ASSERT_EQ(crc64_nvme(path, head, std::string_view(bytes).substr(cut)), whole) << cut;
    }
  }
}

}  // namespace
}  // namespace muzn::crypto
