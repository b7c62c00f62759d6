#include "crypto/aead.h"

#include <gtest/gtest.h>

#include "codec/base64.h"

namespace muzn::crypto {
namespace {

std::string unhex(std::string_view text) {
  return codec::hex_decode(text).value();
}

struct Vector {
  std::string key, nonce, plaintext, associated, sealed;
};

// McGrew and Viega, "The Galois/Counter Mode of Operation", test cases 13, 14 and 16.
const Vector kVectors[] = {
    {std::string(64, '0'), std::string(24, '0'), "", "", "530f8afbc74536b9a963b4f1c4cb738b"},
    {std::string(64, '0'), std::string(24, '0'), std::string(32, '0'), "",
     "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"},
    {"feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6"
     "b525b16aedf5aa0de657ba637b39",
     "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b105682"
     "8838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b"},
};

TEST(Aead, Vectors) {
  for (const Vector& v : kVectors) {
    const std::string sealed =
        aead_seal(unhex(v.key), unhex(v.nonce), unhex(v.plaintext), unhex(v.associated));
    EXPECT_EQ(codec::hex_encode(sealed), v.nonce + v.sealed);
    EXPECT_EQ(aead_open(unhex(v.key), sealed, unhex(v.associated)).value(), unhex(v.plaintext));
  }
}

TEST(Aead, AnyChangedBitIsCorrupt) {
  const std::string key(kAeadKeyBytes, 'k');
  const std::string sealed = aead_seal(key, std::string(kAeadNonceBytes, 'n'), "secret", "about");
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    std::string changed = sealed;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    ASSERT_EQ(aead_open(key, changed, "about").error().code, Code::kCorrupt) << bit;
  }
  EXPECT_EQ(aead_open(key, sealed, "abouT").error().code, Code::kCorrupt);
  EXPECT_EQ(aead_open(std::string(kAeadKeyBytes, 'K'), sealed, "about").error().code,
            Code::kCorrupt);
  for (std::size_t size = 0; size < sealed.size(); ++size) {
    ASSERT_EQ(aead_open(key, sealed.substr(0, size), "about").error().code, Code::kCorrupt);
  }
  EXPECT_EQ(aead_open(key, sealed, "about").value(), "secret");
}

TEST(AeadDeathTest, KeyAndNonceSizesAreChecked) {
  EXPECT_DEATH(aead_seal("short", std::string(kAeadNonceBytes, 'n'), "", ""), "");
  EXPECT_DEATH(aead_seal(std::string(kAeadKeyBytes, 'k'), "short", "", ""), "");
}

}  // namespace
}  // namespace muzn::crypto
