#include "crypto/ed25519.h"

#include <gtest/gtest.h>

#include "codec/base64.h"
#include "crypto/digest.h"
#include "crypto/sha256.h"

namespace muzn::crypto {
namespace {

std::string unhex(std::string_view text) {
  return codec::hex_decode(text).value();
}

struct Vector {
  const char *seed, *public_key, *message, *signature;
};

// RFC 8032 section 7.1, tests 1 to 3.
const Vector kVectors[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9"
     "b46bd25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f1"
     "1d8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984d"
     "c6594a7c15e9716ed28dc027beceea1ec40a"},
};

TEST(Ed25519, Vectors) {
  for (const Vector& v : kVectors) {
    const auto key = Ed25519Key::from_seed(unhex(v.seed));
    ASSERT_TRUE(key);
    EXPECT_EQ(codec::hex_encode(key->public_key()), v.public_key);
    EXPECT_EQ(codec::hex_encode(key->sign(unhex(v.message))), v.signature);
    EXPECT_TRUE(ed25519_verify(unhex(v.public_key), unhex(v.message), unhex(v.signature)));
  }
}

TEST(Ed25519, AnyChangedBitIsRefused) {
  const auto key = Ed25519Key::from_seed(std::string(32, 's'));
  const std::string message = "a message";
  const std::string signature = key->sign(message);
  const auto flipped = [](std::string bytes, std::size_t bit) {
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
    return bytes;
  };
  for (std::size_t bit = 0; bit < 8 * signature.size(); ++bit) {
    EXPECT_FALSE(ed25519_verify(key->public_key(), message, flipped(signature, bit))) << bit;
  }
  for (std::size_t bit = 0; bit < 8 * message.size(); ++bit) {
    EXPECT_FALSE(ed25519_verify(key->public_key(), flipped(message, bit), signature)) << bit;
  }
  for (std::size_t bit = 0; bit < 8 * kEd25519PublicBytes; ++bit) {
    EXPECT_FALSE(ed25519_verify(flipped(key->public_key(), bit), message, signature)) << bit;
  }
}

TEST(Ed25519, SizesAreChecked) {
  EXPECT_EQ(Ed25519Key::from_seed(std::string(31, 's')).error().code, Code::kInvalid);
  EXPECT_EQ(Ed25519Key::from_seed(std::string(64, 's')).error().code, Code::kInvalid);
  const auto key = Ed25519Key::from_seed(std::string(32, 's'));
  const std::string signature = key->sign("m");
  EXPECT_FALSE(ed25519_verify(key->public_key(), "m", signature + "x"));
  EXPECT_FALSE(ed25519_verify(key->public_key(), "m", signature.substr(1)));
  EXPECT_FALSE(ed25519_verify(key->public_key(), "m", ""));
  EXPECT_FALSE(ed25519_verify(key->public_key() + "x", "m", signature));
}

TEST(Sha256Sum, IsTheDigestOfThePiecesTogether) {
  const Sha256Sum sum = sha256_sum({"ab", "", "c"});
  EXPECT_EQ(std::string(sum.begin(), sum.end()), sha256("abc"));
  const Sha256Sum none = sha256_sum({});
  EXPECT_EQ(std::string(none.begin(), none.end()), sha256(""));
}

}  // namespace
}  // namespace muzn::crypto
