#include "crypto/digest.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include "codec/base64.h"

namespace muzn::crypto {
namespace {

using codec::hex_decode;
using codec::hex_encode;

constexpr Algorithm kAll[] = {Algorithm::kMd5,       Algorithm::kSha1,  Algorithm::kSha256,
                              Algorithm::kSha512,    Algorithm::kCrc32, Algorithm::kCrc32c,
                              Algorithm::kCrc64Nvme, Algorithm::kXxh64, Algorithm::kXxh3,
                              Algorithm::kXxh128};

std::string hex(Algorithm algorithm, std::string_view bytes) {
  return hex_encode(digest(algorithm, bytes));
}

std::string some_bytes(std::size_t size) {
  std::string bytes(size, '\0');
  std::uint32_t state = 12345;
  for (char& c : bytes) {
    state = state * 1664525U + 1013904223U;
    c = static_cast<char>(state >> 24);
  }
  return bytes;
}

TEST(Digest, Md5OfRfc1321) {
  EXPECT_EQ(hex(Algorithm::kMd5, ""), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(hex(Algorithm::kMd5, "abc"), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(hex(Algorithm::kMd5, "message digest"), "f96b697d7cb7938d525a2f31aaf161d0");
}

// FIPS 180-4 examples.
TEST(Digest, Sha) {
  EXPECT_EQ(hex(Algorithm::kSha1, "abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(hex(Algorithm::kSha256, ""),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex(Algorithm::kSha256, "abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex(Algorithm::kSha256, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(hex(Algorithm::kSha512, "abc"),
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
            "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
}

TEST(Digest, Crc32c) {
  EXPECT_EQ(hex(Algorithm::kCrc32c, "123456789"), "e3069283");
  // RFC 3720 section B.4, there in reverse byte order.
  std::string up;
  for (int i = 0; i < 32; ++i) up.push_back(static_cast<char>(i));
  EXPECT_EQ(hex(Algorithm::kCrc32c, std::string(32, '\0')), "8a9136aa");
  EXPECT_EQ(hex(Algorithm::kCrc32c, std::string(32, '\xFF')), "62a8ab43");
  EXPECT_EQ(hex(Algorithm::kCrc32c, up), "46dd794e");
  EXPECT_EQ(hex(Algorithm::kCrc32c, std::string(up.rbegin(), up.rend())), "113fdb5c");
}

TEST(Digest, Crc32) {
  EXPECT_EQ(hex(Algorithm::kCrc32, "123456789"), "cbf43926");
  EXPECT_EQ(hex(Algorithm::kCrc32, ""), "00000000");
  EXPECT_EQ(hex(Algorithm::kCrc32, "The quick brown fox jumps over the lazy dog"), "414fa339");
}

// xxhsum of xxHash 0.8.
TEST(Digest, XxHash) {
  EXPECT_EQ(hex(Algorithm::kXxh64, ""), "ef46db3751d8e999");
  EXPECT_EQ(hex(Algorithm::kXxh64, "abc"), "44bc2cf5ad770999");
  EXPECT_EQ(hex(Algorithm::kXxh3, ""), "2d06800538d394c2");
  EXPECT_EQ(hex(Algorithm::kXxh3, "abc"), "78af5f94892f3950");
  EXPECT_EQ(hex(Algorithm::kXxh128, ""), "99aa06d3014798d86001c324468d497f");
  EXPECT_EQ(hex(Algorithm::kXxh128, "abc"), "06b05ab6733a618578af5f94892f3950");
  EXPECT_EQ(xxh3_64("", 0), 0x2d06800538d394c2ULL);
  EXPECT_NE(xxh3_64("abc", 1), xxh3_64("abc", 2));
}

TEST(Digest, SizesNamesAndHeaders) {
  for (const Algorithm algorithm : kAll) {
    EXPECT_EQ(digest(algorithm, "x").size(), digest_size(algorithm));
    EXPECT_EQ(algorithm_from_aws_name(aws_name(algorithm)), algorithm);
    EXPECT_EQ(algorithm_from_header(checksum_header(algorithm)), algorithm);
  }
  EXPECT_EQ(aws_name(Algorithm::kCrc64Nvme), "CRC64NVME");
  EXPECT_EQ(checksum_header(Algorithm::kCrc64Nvme), "x-amz-checksum-crc64nvme");
  EXPECT_EQ(algorithm_from_aws_name("crc32C"), Algorithm::kCrc32c);
  EXPECT_EQ(algorithm_from_header("X-Amz-Checksum-XXHash128"), Algorithm::kXxh128);
  for (const char* text : {"", "CRC", "CRC32D", "SHA-256", "CRC64", "FOO"}) {
    EXPECT_FALSE(algorithm_from_aws_name(text)) << text;
  }
  for (const char* text : {"", "crc32", "x-amz-checksum-", "x-amz-checksum-type", "x-amz-crc32"}) {
    EXPECT_FALSE(algorithm_from_header(text)) << text;
  }
}

TEST(Hasher, PiecesEqualTheWhole) {
  const std::string bytes = some_bytes(20'000);
  for (const Algorithm algorithm : kAll) {
    for (const std::size_t piece : {1UL, 7UL, 64UL, 255UL, 4096UL, 19'999UL}) {
      Hasher hasher(algorithm);
      for (std::size_t at = 0; at < bytes.size(); at += piece) {
        hasher.update(std::string_view(bytes).substr(at, piece));
        hasher.update("");
      }
      EXPECT_EQ(hasher.finish(), digest(algorithm, bytes)) << aws_name(algorithm) << piece;
    }
  }
}

TEST(HasherSet, OnePassOverAll) {
  std::vector<Algorithm> algorithms(std::begin(kAll), std::end(kAll) - 1);
  algorithms.push_back(Algorithm::kMd5);
  HasherSet set(algorithms);
  set.update("hello ");
  set.update("world");
  set.finish();
  for (std::size_t i = 0; i + 1 < std::size(kAll); ++i) {
    EXPECT_EQ(set.get(kAll[i]), digest(kAll[i], "hello world"));
  }
  EXPECT_EQ(set.get(Algorithm::kXxh128), std::nullopt);
}

TEST(Combine, EqualsTheCrcOfTheWhole) {
  const std::string bytes = some_bytes(5000);
  for (const Algorithm algorithm : {Algorithm::kCrc32, Algorithm::kCrc32c, Algorithm::kCrc64Nvme}) {
    ASSERT_TRUE(is_linear(algorithm));
    for (const std::size_t cut : {0UL, 1UL, 8UL, 2500UL, 4999UL, 5000UL}) {
      const std::string_view whole(bytes);
      EXPECT_EQ(combine(algorithm, digest(algorithm, whole.substr(0, cut)),
                        digest(algorithm, whole.substr(cut)), bytes.size() - cut),
                digest(algorithm, whole));
    }
  }
  EXPECT_FALSE(is_linear(Algorithm::kSha256));
  EXPECT_FALSE(is_linear(Algorithm::kXxh64));
}

// Sizes past 32 bits, where no buffer can check the answer: combining is associative.
TEST(Combine, HugeSizes) {
  const std::uint64_t b = 5ULL << 40;
  const std::uint64_t c = (7ULL << 40) + 13;
  for (const Algorithm algorithm : {Algorithm::kCrc32, Algorithm::kCrc32c, Algorithm::kCrc64Nvme}) {
    const std::string crc_a = digest(algorithm, "a");
    const std::string crc_b = digest(algorithm, "b");
    const std::string crc_c = digest(algorithm, "c");
    EXPECT_EQ(combine(algorithm, combine(algorithm, crc_a, crc_b, b), crc_c, c),
              combine(algorithm, crc_a, combine(algorithm, crc_b, crc_c, c), b + c));
  }
}

// RFC 4231.
TEST(Hmac, Vectors) {
  EXPECT_EQ(hex_encode(hmac_sha256(std::string(20, '\x0b'), "Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(hex_encode(hmac_sha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hex_encode(hmac_sha256(std::string(20, '\xaa'), std::string(50, '\xdd'))),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
  EXPECT_EQ(hex_encode(hmac_sha256(std::string(131, '\xaa'),
                                   "Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  EXPECT_EQ(hex_encode(hmac_sha256("", "")),
            "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(EqualConstantTime, Compares) {
  EXPECT_TRUE(equal_constant_time("", ""));
  EXPECT_TRUE(equal_constant_time("abc", "abc"));
  EXPECT_FALSE(equal_constant_time("abc", "abd"));
  EXPECT_FALSE(equal_constant_time("abc", "ab"));
}

// A compare that stops at the first byte that differs tells how much of a guess is right. This one
// goes on: into a page that nobody may read.
TEST(EqualConstantTime, GHSA_3p3x_734c_h5vx_CVE_2023_46739_ReadsAllOfBoth) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  void* const pages =
      ::mmap(nullptr, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(pages, MAP_FAILED);
  char* const end = static_cast<char*>(pages) + page;
  const std::string_view right(end - 64, 128);
  const std::string other(128, 'x');  // the first byte differs: the pages are zero
  EXPECT_FALSE(equal_constant_time(right, other));
  ASSERT_EQ(::mprotect(end, page, PROT_NONE), 0);
  EXPECT_DEATH(static_cast<void>(equal_constant_time(right, other)), "");
  EXPECT_DEATH(static_cast<void>(equal_constant_time(other, right)), "");
  EXPECT_FALSE(equal_constant_time(right, other.substr(1)));  // sizes are no secret
  ::munmap(pages, 2 * page);
}

}  // namespace
}  // namespace muzn::crypto
