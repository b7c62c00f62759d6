#include "oidc/token.h"

#include <gtest/gtest.h>

#include "unit/oidc/maker.h"

namespace muzn::oidc {
namespace {

constexpr std::int64_t kNow = 1'800'000'000;
const std::string kIssuer = "https://idp.example/realms/a";

class TokenTest : public testing::Test {
 protected:
  static Json claims() {
    return {{"iss", kIssuer},
            {"sub", "user:1"},
            {"aud", "client"},
            {"iat", kNow - 10},
            {"exp", kNow + 3600}};
  }
  static Json header(const std::string& alg = "RS256", const std::string& kid = "rsa") {
    return {{"alg", alg}, {"kid", kid}, {"typ", "JWT"}};
  }
  Judged<Token> judge(const std::string& text, std::int64_t now = kNow) const {
    TRY(const Unproven parsed, parse_token(text));
    return prove(parsed, keys_, {.issuer = kIssuer, .client_ids = clients_}, from_seconds(now));
  }
  // What happens to it; "" = it is taken.
  std::string fault(const std::string& text, std::int64_t now = kNow) const {
    const auto out = judge(text, now);
    if (out) return "";
    constexpr std::array kNames = {"malformed", "no key", "signature", "expired", "claims"};
    return kNames.at(static_cast<std::size_t>(out.error().fault));
  }
  std::string fault_of(const Json& claims, std::int64_t now = kNow) const {
    return fault(token(rsa_, header(), claims.dump()), now);
  }
  std::string fault_with(const char* claim, const Json& value) const {
    Json changed = claims();
    changed[claim] = value;
    return fault_of(changed);
  }
  std::string fault_without(const char* claim) const {
    Json changed = claims();
    changed.erase(claim);
    return fault_of(changed);
  }
  std::string fault_with_header(const char* name, const Json& value) const {
    Json changed = header();
    changed[name] = value;
    return fault(token(rsa_, changed, claims().dump()));
  }
  void set_keys(std::initializer_list<Json> keys) { keys_ = parse_key_set(key_set(keys)).value(); }

  const TestKey rsa_ = TestKey::rsa();
  const TestKey ec_ = TestKey::ec();
  KeySet keys_ = parse_key_set(key_set({rsa_.jwk("rsa"), ec_.jwk("ec")})).value();
  std::vector<std::string> clients_ = {"client", "other"};
};

TEST_F(TokenTest, GoodOnes) {
  const Token good = judge(token(rsa_, header(), claims().dump())).value();
  EXPECT_EQ(good.subject, "user:1");
  EXPECT_EQ(good.audience, "client");
  EXPECT_EQ(good.original_audience, "");
  EXPECT_EQ(good.expires, from_seconds(kNow + 3600));
  EXPECT_EQ(fault(token(rsa_, header("PS256"), claims().dump())), "");
  EXPECT_EQ(fault(token(ec_, header("ES256", "ec"), claims().dump())), "");
  EXPECT_EQ(fault(token(rsa_, {{"alg", "RS256"}, {"kid", "rsa"}}, claims().dump())), "");
}

TEST_F(TokenTest, KeysAreChosenByKid) {
  const std::string plain = claims().dump();
  EXPECT_EQ(fault(token(rsa_, header("RS256", "new"), plain)), "no key");
  EXPECT_EQ(fault(token(rsa_, header("RS256", "ec"), plain)), "no key");
  EXPECT_EQ(fault(token(TestKey::rsa(), header(), plain)), "signature");
  // Without one: the only key that fits.
  EXPECT_EQ(fault(token(rsa_, {{"alg", "RS256"}}, plain)), "");
  set_keys({rsa_.jwk("a"), TestKey::rsa().jwk("b")});
  EXPECT_EQ(fault(token(rsa_, {{"alg", "RS256"}}, plain)), "no key");
  // A key that says what it is for is for nothing else.
  Json pinned = rsa_.jwk("rsa");
  pinned["alg"] = "PS256";
  set_keys({pinned});
  EXPECT_EQ(fault(token(rsa_, header("RS256"), plain)), "no key");
  EXPECT_EQ(fault(token(rsa_, header("PS256"), plain)), "");
  set_keys({});
  EXPECT_EQ(fault(token(rsa_, header(), plain)), "no key");
}

// A path, a statement or a command as kid: it is compared and nothing else.
TEST_F(TokenTest, CVE_2018_1000531_KidTraversal) {
  for (const char* kid : {"../../../../dev/null", "/dev/null", "x' UNION SELECT 'key", "|/bin/sh",
                          "rsa\n", "rsa ", "RSA", "https://evil.example/jwk"}) {
    EXPECT_EQ(fault(token(rsa_, header("RS256", kid), claims().dump())), "no key") << kid;
  }
  EXPECT_EQ(fault_with_header("kid", ""), "malformed");
  EXPECT_EQ(fault_with_header("kid", 1), "malformed");
  EXPECT_EQ(fault_with_header("kid", nullptr), "malformed");
  EXPECT_EQ(fault_with_header("kid", Json::array({"rsa"})), "malformed");
  EXPECT_EQ(fault_with_header("kid", std::string(1025, 'k')), "malformed");
}

TEST_F(TokenTest, CVE_2015_9235_CVE_2024_48916_AlgNone) {
  for (const char* alg : {"none", "None", "NONE", "nOnE", "", "null", " none", "none\u0000"}) {
    const std::string text = unsigned_token(header(alg).dump(), claims().dump());
    EXPECT_EQ(fault(text + "."), "malformed") << alg;
    EXPECT_EQ(fault(text + ".AAAA"), "malformed") << alg;
    EXPECT_EQ(fault(text), "malformed") << alg;
  }
  for (const Json& alg : {Json(nullptr), Json(0), Json::array({"RS256"}), Json::object()}) {
    Json changed = header();
    changed["alg"] = alg;
    EXPECT_EQ(fault(unsigned_token(changed.dump(), claims().dump()) + ".AAAA"), "malformed");
  }
  Json without = header();
  without.erase("alg");
  EXPECT_EQ(fault(unsigned_token(without.dump(), claims().dump()) + ".AAAA"), "malformed");
}

// The public key, in all its spellings, as an HMAC's secret.
TEST_F(TokenTest, CVE_2016_10555_PublicKeyAsHmacSecret) {
  for (const char* alg : {"HS256", "hs256", "HS384", "HS512"}) {
    const std::string text = unsigned_token(header(alg).dump(), claims().dump());
    for (const std::string& secret :
         {rsa_.jwk().dump(), codec::base64url_decode(rsa_.jwk().value("n", "")).value(),
          rsa_.jwk().value("n", ""), std::string()}) {
      const std::string mac = codec::base64url_encode(crypto::hmac_sha256(secret, text));
      EXPECT_EQ(fault(text + "." + mac), "malformed") << alg;
    }
  }
}

TEST_F(TokenTest, OtherAlgorithmsAreNotTaken) {
  for (const char* alg : {"RS384", "RS512", "PS384", "PS512", "ES384", "ES512", "ES256K", "EdDSA",
                          "rs256", "RS256 ", "RSA-OAEP", "dir"}) {
    EXPECT_EQ(fault(unsigned_token(header(alg).dump(), claims().dump()) + ".AAAA"), "malformed")
        << alg;
  }
  // A key of another kind than the algorithm's.
  EXPECT_EQ(fault(token(ec_, header("ES256", "rsa"), claims().dump())), "no key");
}

TEST_F(TokenTest, CVE_2020_28042_EmptySignature) {
  const std::string text = unsigned_token(header().dump(), claims().dump());
  EXPECT_EQ(fault(text + "."), "malformed");
  EXPECT_EQ(fault(text + ".AA"), "signature");
  EXPECT_EQ(fault(text + "." + codec::base64url_encode(std::string(256, '\0'))), "signature");
  std::string one(256, '\0');
  one.back() = 1;
  EXPECT_EQ(fault(text + "." + codec::base64url_encode(one)), "signature");
}

TEST_F(TokenTest, CVE_2022_21449_PsychicSignatures) {
  const std::string text = unsigned_token(header("ES256", "ec").dump(), claims().dump());
  const std::string order =
      codec::hex_decode("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551").value();
  const std::string zero(32, '\0');
  const std::string one = std::string(31, '\0') + '\x01';
  for (const std::string& signature :
       {zero + zero, zero + one, one + zero, order + order, order + one, one + order,
        std::string(64, '\xff'), std::string(63, '\x01'), std::string(65, '\x01'),
        std::string("\x30\x06\x02\x01\x00\x02\x01\x00", 8)}) {
    EXPECT_EQ(fault(text + "." + codec::base64url_encode(signature)), "signature");
  }
}

TEST_F(TokenTest, EcSignaturesAreNotDer) {
  const std::string text = unsigned_token(header("ES256", "ec").dump(), claims().dump());
  const std::string raw = ec_.sign("ES256", text);
  EXPECT_EQ(fault(text + "." + codec::base64url_encode(raw)), "");
  EXPECT_EQ(fault(text + "." + codec::base64url_encode(ec_.sign("", text))), "signature");
  EXPECT_EQ(fault(text + "." + codec::base64url_encode(raw + '\0')), "signature");
}

// The attacker's own key, brought along or pointed to.
TEST_F(TokenTest, CVE_2018_0114_GHSA_48rf_7j3q_3hfv_EmbeddedKey) {
  const TestKey evil = TestKey::rsa();
  for (const char* kid : {"rsa", "evil"}) {
    Json changed = header("RS256", kid);
    changed["jwk"] = evil.jwk(kid);
    changed["jku"] = "https://evil.example/jwks";
    changed["x5u"] = "https://evil.example/cert";
    changed["x5c"] = Json::array({"AAAA"});
    const std::string found = fault(token(evil, changed, claims().dump()));
    EXPECT_EQ(found, std::string(kid) == "rsa" ? "signature" : "no key");
  }
  // They are not read: an honest token may have them.
  EXPECT_EQ(fault_with_header("jku", "https://evil.example/jwks"), "");
}

TEST_F(TokenTest, CVE_2025_59420_CriticalHeaders) {
  EXPECT_EQ(fault_with_header("crit", Json::array({"exp"})), "malformed");
  EXPECT_EQ(fault_with_header("crit", Json::array()), "malformed");
  EXPECT_EQ(fault_with_header("b64", false), "malformed");
  EXPECT_EQ(fault_with_header("zip", "DEF"), "malformed");
  EXPECT_EQ(fault_with_header("enc", "A256GCM"), "malformed");
}

TEST_F(TokenTest, TokensOfOtherKinds) {
  EXPECT_EQ(fault_with_header("typ", "at+jwt"), "malformed");
  EXPECT_EQ(fault_with_header("typ", "logout+jwt"), "malformed");
  EXPECT_EQ(fault_with_header("typ", 1), "malformed");
  EXPECT_EQ(fault_with_header("typ", "jwt"), "");
  EXPECT_EQ(fault_with_header("cty", "JWT"), "malformed");
  // A token as payload of another.
  const std::string inner = token(rsa_, header(), claims().dump());
  EXPECT_EQ(fault(token(rsa_, header(), inner)), "malformed");
  EXPECT_EQ(fault(token(rsa_, header(), "\"" + inner + "\"")), "malformed");
}

TEST_F(TokenTest, Form) {
  const std::string good = token(rsa_, header(), claims().dump());
  EXPECT_EQ(fault(good), "");
  EXPECT_EQ(fault(""), "malformed");
  EXPECT_EQ(fault(".."), "malformed");
  EXPECT_EQ(fault(good + "."), "malformed");
  EXPECT_EQ(fault(good + ".AA.AA"), "malformed");  // five parts: encrypted
  EXPECT_EQ(fault("." + good), "malformed");
  EXPECT_EQ(fault(good + "="), "malformed");
  EXPECT_EQ(fault(good + "\n"), "malformed");
  EXPECT_EQ(fault(" " + good), "malformed");
  EXPECT_EQ(fault("Bearer " + good), "malformed");
  // The JSON serialization, with the same parts.
  EXPECT_EQ(fault(R"({"protected":"","payload":"","signature":""})"), "malformed");
  EXPECT_EQ(fault(good + std::string(kTokenCharsMax, 'A')), "malformed");
  std::string changed = good;
  changed[good.find('.') + 10] ^= 1;
  EXPECT_NE(fault(changed), "");
}

TEST_F(TokenTest, DuplicateMembers) {
  const std::string twice = R"({"alg":"none","kid":"rsa","alg":"RS256"})";
  const std::string text = unsigned_token(twice, claims().dump());
  EXPECT_EQ(fault(text + "." + codec::base64url_encode(rsa_.sign("RS256", text))), "malformed");
  std::string both = claims().dump();
  both.insert(1, R"("sub":"admin",)");
  EXPECT_EQ(fault(token(rsa_, header(), both)), "malformed");
  both = claims().dump();
  both.insert(1, R"("\u0073ub":"admin",)");  // the same, spelled otherwise
  EXPECT_EQ(fault(token(rsa_, header(), both)), "malformed");
}

TEST_F(TokenTest, DeepNestingAndBadText) {
  std::string deep = claims().dump();
  deep.insert(1, R"("x":)" + std::string(100, '[') + std::string(100, ']') + ",");
  EXPECT_EQ(fault(token(rsa_, header(), deep)), "malformed");
  EXPECT_EQ(fault(token(rsa_, header(), "{\"sub\":\"\xff\"}")), "malformed");
  EXPECT_EQ(fault(token(rsa_, header(), claims().dump() + "x")), "malformed");
  EXPECT_EQ(fault(token(rsa_, header(), claims().dump() + '\0')), "malformed");
}

TEST_F(TokenTest, Times) {
  EXPECT_EQ(fault_of(claims(), kNow + 3600 + 59), "");
  EXPECT_EQ(fault_of(claims(), kNow + 3600 + 60), "expired");
  EXPECT_EQ(fault_with("iat", kNow + 60), "");
  EXPECT_EQ(fault_with("iat", kNow + 61), "claims");
  EXPECT_EQ(fault_with("nbf", kNow + 60), "");
  EXPECT_EQ(fault_with("nbf", kNow + 61), "claims");
  EXPECT_EQ(fault_with("exp", static_cast<double>(kNow) + 10.5), "");  // NumericDate may be
}

TEST_F(TokenTest, GHSA_ccrv_v8v9_ch9q_TimesOfOtherKinds) {
  for (const char* claim : {"exp", "iat", "nbf"}) {
    for (const Json& value : {Json("1900000000"), Json(true), Json(nullptr), Json::array({kNow}),
                              Json::object(), Json(-1), Json(1e300), Json(253'402'300'800.0),
                              Json(std::numeric_limits<std::uint64_t>::max())}) {
      EXPECT_EQ(fault_with(claim, value), "malformed") << claim << " " << value.dump();
    }
    std::string huge = claims().dump();
    const std::string name = "\"" + std::string(claim) + "\":";
    if (const auto at = huge.find(name); at != std::string::npos) {
      huge.insert(at + name.size(), "1e999");  // the digits that follow are its exponent's
      EXPECT_EQ(fault(token(rsa_, header(), huge)), "malformed");
    }
  }
  EXPECT_EQ(fault_without("exp"), "malformed");
  EXPECT_EQ(fault_without("iat"), "malformed");
}

TEST_F(TokenTest, Issuers) {
  EXPECT_EQ(fault_with("iss", kIssuer + "/"), "claims");
  EXPECT_EQ(fault_with("iss", "https://idp.example"), "claims");
  EXPECT_EQ(fault_with("iss", Json::array({kIssuer})), "claims");
  EXPECT_EQ(fault_without("iss"), "claims");
}

TEST_F(TokenTest, Audiences) {
  EXPECT_EQ(fault_with("aud", "stranger"), "claims");
  EXPECT_EQ(fault_with("aud", Json::array({"other"})), "");
  EXPECT_EQ(fault_with("aud", Json::array({"stranger"})), "claims");
  EXPECT_EQ(fault_with("aud", Json::array({"client", "stranger"})), "claims");  // and no azp
  EXPECT_EQ(fault_with("aud", Json::array()), "malformed");
  EXPECT_EQ(fault_with("aud", Json::array({1})), "malformed");
  EXPECT_EQ(fault_with("aud", Json::array({""})), "malformed");
  EXPECT_EQ(fault_with("aud", 1), "malformed");
  EXPECT_EQ(fault_with("aud", Json(std::vector<std::string>(kAudiencesMax + 1, "client"))),
            "malformed");
  EXPECT_EQ(fault_with("aud", Json{{"client", true}}), "malformed");
  EXPECT_EQ(fault_with("aud", "client,stranger"), "claims");
  EXPECT_EQ(fault_without("aud"), "malformed");
}

TEST_F(TokenTest, AuthorizedParties) {
  Json changed = claims();
  changed["aud"] = Json::array({"service", "client"});
  changed["azp"] = "other";
  const Token good = judge(token(rsa_, header(), changed.dump())).value();
  EXPECT_EQ(good.audience, "other");
  EXPECT_EQ(good.original_audience, "service");
  EXPECT_EQ(fault_with("azp", "stranger"), "claims");
  EXPECT_EQ(fault_with("azp", 1), "malformed");
}

TEST_F(TokenTest, Subjects) {
  EXPECT_EQ(fault_with("sub", ""), "malformed");
  EXPECT_EQ(fault_with("sub", 1), "malformed");
  EXPECT_EQ(fault_with("sub", std::string(256, 's')), "malformed");
  EXPECT_EQ(fault_without("sub"), "malformed");
}

// Whoever has no key learns nothing of what a token should say.
TEST_F(TokenTest, SignaturesAreJudgedFirst) {
  const std::string text = unsigned_token(header().dump(), R"({"iss":"x"})");
  EXPECT_EQ(fault(text + ".AAAA"), "signature");
}

}  // namespace
}  // namespace muzn::oidc
