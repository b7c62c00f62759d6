#include "oidc/jwks.h"

#include <gtest/gtest.h>

#include "unit/oidc/maker.h"

namespace muzn::oidc {
namespace {

std::size_t keys_in(const Json& key) {
  return parse_key_set(key_set({key})).value().size();
}

TEST(KeySet, Reads) {
  Json rsa = TestKey::rsa().jwk("one");
  rsa["alg"] = "RS256";
  rsa["use"] = "sig";
  rsa["x5c"] = Json::array({"ignored"});
  Json ec = TestKey::ec().jwk();
  ec["key_ops"] = Json::array({"verify"});
  const KeySet keys = parse_key_set(key_set({rsa, ec})).value();
  ASSERT_EQ(keys.size(), 2U);
  EXPECT_EQ(keys[0].kid, "one");
  EXPECT_EQ(keys[0].scheme, crypto::Scheme::kRsaPkcs1Sha256);
  EXPECT_TRUE(keys[0].key.fits(crypto::Scheme::kRsaPssSha256));
  EXPECT_FALSE(keys[0].key.fits(crypto::Scheme::kP256Sha256));
  EXPECT_EQ(keys[1].kid, "");
  EXPECT_FALSE(keys[1].scheme);
  EXPECT_TRUE(keys[1].key.fits(crypto::Scheme::kP256Sha256));
}

TEST(KeySet, PassesOverWhatCannotVerify) {
  const Json rsa = TestKey::rsa().jwk("rsa");
  const Json ec = TestKey::ec().jwk("ec");
  EXPECT_EQ(keys_in(rsa), 1U);
  const auto with = [](Json key, const char* member, const Json& value) {
    key[member] = value;
    return key;
  };
  EXPECT_EQ(keys_in(with(rsa, "use", "enc")), 0U);
  EXPECT_EQ(keys_in(with(rsa, "key_ops", Json::array({"encrypt"}))), 0U);
  EXPECT_EQ(keys_in(with(rsa, "alg", "RSA-OAEP")), 0U);
  EXPECT_EQ(keys_in(with(rsa, "alg", "none")), 0U);
  EXPECT_EQ(keys_in(with(rsa, "alg", "HS256")), 0U);
  EXPECT_EQ(keys_in(with(rsa, "alg", "ES256")), 0U);
  EXPECT_EQ(keys_in(with(rsa, "alg", 7)), 0U);
  EXPECT_EQ(keys_in(with(ec, "crv", "P-384")), 0U);
  EXPECT_EQ(keys_in(with(ec, "x", "")), 0U);
  EXPECT_EQ(keys_in(with(rsa, "n", "not/base64url")), 0U);
  EXPECT_EQ(keys_in({{"kty", "oct"}, {"k", "AAAA"}}), 0U);
  EXPECT_EQ(keys_in({{"kty", "OKP"}, {"crv", "Ed25519"}, {"x", "AAAA"}}), 0U);
  EXPECT_EQ(keys_in("text"), 0U);
}

TEST(KeySet, WeakRsaKeys) {
  EXPECT_EQ(keys_in(TestKey::rsa(1024).jwk()), 0U);
  Json rsa = TestKey::rsa().jwk();
  for (const char* exponent : {"AQ", "Ag", "AA", "AAAB", "AQABAQABAQAB", ""}) {
    rsa["e"] = exponent;  // 1, 2, 0, a leading zero, too long, none
    EXPECT_EQ(keys_in(rsa), 0U) << exponent;
  }
  rsa["e"] = "AQAB";
  EXPECT_EQ(keys_in(rsa), 1U);
  rsa["n"] = codec::base64url_encode(std::string(2048, '\xff'));
  EXPECT_EQ(keys_in(rsa), 0U);
}

// CVE-2020-0601 and its like: a point that is none, or of another curve.
TEST(KeySet, PointsOffTheCurve) {
  Json ec = TestKey::ec().jwk();
  std::string x = codec::base64url_decode(ec.value("x", "")).value();
  ec["y"] = codec::base64url_encode(std::string(32, '\x01'));
  EXPECT_EQ(keys_in(ec), 0U);
  ec["x"] = ec["y"] = codec::base64url_encode(std::string(32, '\0'));
  EXPECT_EQ(keys_in(ec), 0U);
  EXPECT_EQ(keys_in(TestKey::ec("P-384").jwk()), 0U);
}

TEST(KeySet, RefusesWhatIsNone) {
  for (const char* text :
       {"", "{}", "[]", R"({"keys":{}})", R"({"keys":1})", "null", R"({"keys":[],"keys":[]})"}) {
    EXPECT_FALSE(parse_key_set(text)) << text;
  }
  EXPECT_TRUE(parse_key_set(R"({"keys":[]})"));
  Json many = Json::array();
  for (std::size_t i = 0; i <= kKeysMax; ++i) many.push_back(Json::object());
  EXPECT_EQ(parse_key_set(Json{{"keys", many}}.dump()).error().code, Code::kLimit);
  EXPECT_EQ(parse_key_set(std::string(kKeySetBytesMax + 1, ' ')).error().code, Code::kLimit);
}

}  // namespace
}  // namespace muzn::oidc
