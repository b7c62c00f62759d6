// A provider for tests: keys, their set as JSON, and tokens, good ones and others.
#pragma once
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <memory>
#include <string>

#include "codec/base64.h"
#include "codec/json.h"
#include "crypto/digest.h"

namespace muzn::oidc {

using codec::Json;

class TestKey {
 public:
  static TestKey rsa(unsigned bits = 2048) { return TestKey(EVP_RSA_gen(bits)); }
  static TestKey ec(const char* curve = "P-256") { return TestKey(EVP_EC_gen(curve)); }

  // Its JWK, public.
  Json jwk(const std::string& kid = "") const {
    Json out = Json::object();
    if (!kid.empty()) out["kid"] = kid;
    if (EVP_PKEY_is_a(key_.get(), "RSA") == 1) {
      out["kty"] = "RSA";
      out["n"] = coded(OSSL_PKEY_PARAM_RSA_N, 0);
      out["e"] = coded(OSSL_PKEY_PARAM_RSA_E, 0);
      return out;
    }
    out["kty"] = "EC";
    out["crv"] = "P-256";
    out["x"] = coded(OSSL_PKEY_PARAM_EC_PUB_X, coordinate());
    out["y"] = coded(OSSL_PKEY_PARAM_EC_PUB_Y, coordinate());
    return out;
  }

  // As `alg` has it: RS256, PS256, ES256.
  std::string sign(const std::string& alg, const std::string& message) const {
    EVP_MD_CTX* const context = EVP_MD_CTX_new();
    EVP_PKEY_CTX* options = nullptr;
    CHECK(EVP_DigestSignInit(context, &options, EVP_sha256(), nullptr, key_.get()) == 1);
    if (alg == "PS256") {
      CHECK(EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) == 1);
      CHECK(EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) == 1);
    }
    const auto* const bytes = reinterpret_cast<const unsigned char*>(message.data());
    std::string out(1024, '\0');
    std::size_t size = out.size();
    CHECK(EVP_DigestSign(context, reinterpret_cast<unsigned char*>(out.data()), &size, bytes,
                         message.size()) == 1);
    EVP_MD_CTX_free(context);
    out.resize(size);
    return alg == "ES256" ? raw(out) : out;
  }

 private:
  explicit TestKey(EVP_PKEY* key) : key_(key, EVP_PKEY_free) { CHECK(key != nullptr); }

  int coordinate() const { return (EVP_PKEY_get_bits(key_.get()) + 7) / 8; }
  std::string coded(const char* name, int size) const {
    BIGNUM* number = nullptr;
    CHECK(EVP_PKEY_get_bn_param(key_.get(), name, &number) == 1);
    std::string bytes(static_cast<std::size_t>(size == 0 ? BN_num_bytes(number) : size), '\0');
    CHECK(BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()),
                       static_cast<int>(bytes.size())) > 0);
    BN_free(number);
    return codec::base64url_encode(bytes);
  }
  // Both halves of a DER signature, as JWS has them.
  static std::string raw(const std::string& der) {
    const auto* at = reinterpret_cast<const unsigned char*>(der.data());
    ECDSA_SIG* const both = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
    std::string out(64, '\0');
    auto* const bytes = reinterpret_cast<unsigned char*>(out.data());
    CHECK(BN_bn2binpad(ECDSA_SIG_get0_r(both), bytes, 32) == 32);
    CHECK(BN_bn2binpad(ECDSA_SIG_get0_s(both), bytes + 32, 32) == 32);
    ECDSA_SIG_free(both);
    return out;
  }

  std::shared_ptr<EVP_PKEY> key_;
};

inline std::string key_set(std::initializer_list<Json> keys) {
  return Json{{"keys", Json(std::vector<Json>(keys))}}.dump();
}

// The first two parts of a token.
inline std::string unsigned_token(const std::string& header, const std::string& claims) {
  return codec::base64url_encode(header) + "." + codec::base64url_encode(claims);
}
inline std::string token(const TestKey& key, const Json& header, const std::string& claims) {
  const std::string text = unsigned_token(header.dump(), claims);
  return text + "." + codec::base64url_encode(key.sign(header.value("alg", ""), text));
}

}  // namespace muzn::oidc
