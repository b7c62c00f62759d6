#include "crypto/sealing.h"

#include <gtest/gtest.h>

#include "codec/base64.h"
#include "crypto/aead.h"

namespace muzn::crypto {
namespace {

const std::string kKey(kAeadKeyBytes, 'k');
const std::string kOther(kAeadKeyBytes, 'o');
const std::string kNonce(kAeadNonceBytes, 'n');

TEST(Sealing, ABoxSaysWhichKeyOpensIt) {
  const std::string box = seal(kKey, kNonce, "secret", "about");
  EXPECT_EQ(codec::hex_encode(box.substr(0, 9)), "02" + key_fingerprint(kKey).substr(0, 16));
  EXPECT_EQ(box.size(), 9 + kAeadNonceBytes + 6 + 16);
  EXPECT_TRUE(is_sealed_with(box, kKey));
  EXPECT_FALSE(is_sealed_with(box, kOther));
  EXPECT_EQ(unseal(kKey, box, "about").value(), "secret");
  EXPECT_EQ(unseal(kOther, box, "about").error().code, Code::kCorrupt);
  EXPECT_EQ(unseal(kKey, box, "else").error().code, Code::kCorrupt);
}

TEST(Sealing, AnAlteredBoxDoesNotOpen) {
  const std::string box = seal(kKey, kNonce, "secret", "about");
  for (std::size_t at = 0; at < box.size(); ++at) {
    std::string bad = box;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    EXPECT_FALSE(unseal(kKey, bad, "about")) << at;
    EXPECT_FALSE(unseal(kKey, box.substr(0, at), "about")) << at;
  }
  EXPECT_EQ(unseal(kKey, "\x03" + box.substr(1), "about").error().code, Code::kUnsupported);
}

TEST(Sealing, AFingerprintIsOfOneKey) {
  EXPECT_EQ(key_fingerprint(kKey).size(), 64U);
  EXPECT_NE(key_fingerprint(kKey), key_fingerprint(kOther));
}

}  // namespace
}  // namespace muzn::crypto
