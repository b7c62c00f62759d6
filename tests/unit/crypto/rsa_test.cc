#include "crypto/rsa.h"

#include <gtest/gtest.h>

namespace muzn::crypto {
namespace {

TEST(Rsa, SignsWhatItsPublicKeyVerifies) {
  const RsaKey key = RsaKey::generate();
  const std::string signature = key.sign("message");
  EXPECT_EQ(signature.size(), kRsaBits / 8U);
  EXPECT_EQ(signature, key.sign("message"));
  EXPECT_TRUE(rsa_verify(key.public_der(), "message", signature));
  EXPECT_FALSE(rsa_verify(key.public_der(), "messagf", signature));
  for (const std::size_t at : {0U, 100U, 255U}) {
    std::string wrong = signature;
    wrong[at] ^= 1;
    EXPECT_FALSE(rsa_verify(key.public_der(), "message", wrong));
  }
  EXPECT_FALSE(rsa_verify(RsaKey::generate().public_der(), "message", signature));
  EXPECT_FALSE(rsa_verify("", "message", signature));
  EXPECT_FALSE(rsa_verify(key.public_der() + "x", "message", signature));

  // A SEQUENCE of two INTEGERs, without a name of the algorithm around it.
  EXPECT_EQ(key.public_der().substr(0, 7), std::string("\x30\x82\x01\x0a\x02\x82\x01", 7));
  const RsaKey again = RsaKey::from_der(key.private_der()).value();
  EXPECT_EQ(again.public_der(), key.public_der());
  EXPECT_EQ(again.sign("message"), signature);
}

TEST(Rsa, RefusesWhatIsNoPrivateKey) {
  const RsaKey key = RsaKey::generate();
  const std::string der = key.private_der();
  for (const std::string& bad :
       {std::string(), std::string("x"), key.public_der(), der + "x", der.substr(1)}) {
    const auto read = RsaKey::from_der(bad);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, Code::kCorrupt);
  }
}

}  // namespace
}  // namespace muzn::crypto
