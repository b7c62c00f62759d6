#include "crypto/public_key.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "crypto/openssl.h"

namespace muzn::crypto {
namespace {

constexpr std::size_t kExponentBytesMax = 4;
constexpr unsigned kExponentMin = 3;  // with 1 every message signs itself

Owned<BIGNUM> number(std::string_view bytes) {
  Owned<BIGNUM> out(BN_bin2bn(octets(bytes), static_cast<int>(bytes.size()), nullptr));
  CHECK(out != nullptr);
  return out;
}

// Null: OpenSSL does not take the numbers for a key.
std::shared_ptr<void> make(const char* type, OSSL_PARAM_BLD* build) {
  const Owned<OSSL_PARAM> params(OSSL_PARAM_BLD_to_param(build));
  const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  CHECK(params != nullptr && context != nullptr);
  CHECK(EVP_PKEY_fromdata_init(context.get()) == 1);
  EVP_PKEY* key = nullptr;
  const bool made = EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) == 1;
  std::shared_ptr<void> out(key, [](void* one) { EVP_PKEY_free(static_cast<EVP_PKEY*>(one)); });
  if (!made) out.reset();
  if (out != nullptr) {
    const Owned<EVP_PKEY_CTX> check(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
    CHECK(check != nullptr);
    if (EVP_PKEY_public_check(check.get()) != 1) out.reset();
  }
  ERR_clear_error();  // else it is found by who asks why a later call failed
  return out;
}

// The DER that OpenSSL wants. Nullopt: of a wrong size, or a half is zero, with which anything
// would verify where arithmetic does not look (CVE-2022-21449).
std::optional<std::string> p256_der(std::string_view signature) {
  if (signature.size() != 2 * kP256Bytes) return std::nullopt;
  Owned<BIGNUM> r = number(signature.substr(0, kP256Bytes));
  Owned<BIGNUM> s = number(signature.substr(kP256Bytes));
  if (BN_is_zero(r.get()) == 1 || BN_is_zero(s.get()) == 1) return std::nullopt;
  const Owned<ECDSA_SIG> both(ECDSA_SIG_new());
  CHECK(both != nullptr);
  CHECK(ECDSA_SIG_set0(both.get(), r.release(), s.release()) == 1);
  unsigned char* bytes = nullptr;
  const int size = i2d_ECDSA_SIG(both.get(), &bytes);
  CHECK(size > 0);
  std::string out(static_cast<const char*>(static_cast<const void*>(bytes)),
                  static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return out;
}

}  // namespace

Result<PublicKey> PublicKey::rsa(std::string_view modulus, std::string_view exponent) {
  const bool sized = !modulus.empty() && modulus.size() <= kRsaBitsMax / 8 && !exponent.empty() &&
                     exponent.size() <= kExponentBytesMax && modulus.front() != '\0' &&
                     exponent.front() != '\0';
  if (!sized) return fail(Code::kInvalid, "rsa key: numbers of a wrong size");
  const Owned<BIGNUM> n = number(modulus);
  const Owned<BIGNUM> e = number(exponent);
  if (BN_num_bits(n.get()) < kRsaBitsMin) return fail(Code::kInvalid, "rsa key: too short");
  if (BN_is_odd(e.get()) != 1 || BN_get_word(e.get()) < kExponentMin) {
    return fail(Code::kInvalid, "rsa key: a weak exponent");
  }
  const Owned<OSSL_PARAM_BLD> build(OSSL_PARAM_BLD_new());
  CHECK(build != nullptr);
  CHECK(OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) == 1 &&
        OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) == 1);
  auto key = make("RSA", build.get());
  if (key == nullptr) return fail(Code::kInvalid, "rsa key: not one");
  return PublicKey(std::move(key), false);
}

Result<PublicKey> PublicKey::p256(std::string_view x, std::string_view y) {
  if (x.size() != kP256Bytes || y.size() != kP256Bytes) {
    return fail(Code::kInvalid, "p-256 key: coordinates of a wrong size");
  }
  std::string point = "\x04";  // both coordinates follow (SEC 1, section 2.3.3)
  point.append(x).append(y);
  const Owned<OSSL_PARAM_BLD> build(OSSL_PARAM_BLD_new());
  CHECK(build != nullptr);
  CHECK(OSSL_PARAM_BLD_push_utf8_string(build.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) ==
            1 &&
        OSSL_PARAM_BLD_push_octet_string(build.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                         point.size()) == 1);
  auto key = make("EC", build.get());
  if (key == nullptr) return fail(Code::kInvalid, "p-256 key: no point of the curve");
  return PublicKey(std::move(key), true);
}

bool PublicKey::verify(Scheme scheme, std::string_view message, std::string_view signature) const {
  if (!fits(scheme) || signature.empty()) return false;
  std::string der;
  if (scheme == Scheme::kP256Sha256) {
    auto made = p256_der(signature);
    if (!made) return false;
    der = std::move(*made);
    signature = der;
  }
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  CHECK(context != nullptr);
  EVP_PKEY_CTX* options = nullptr;  // the context's
  CHECK(EVP_DigestVerifyInit(context.get(), &options, EVP_sha256(), nullptr,
                             static_cast<EVP_PKEY*>(key_.get())) == 1);
  if (scheme == Scheme::kRsaPssSha256) {
    CHECK(EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) == 1 &&
          EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) == 1);
  }
  const bool good = EVP_DigestVerify(context.get(), octets(signature), signature.size(),
                                     octets(message), message.size()) == 1;
  ERR_clear_error();
  return good;
}

}  // namespace muzn::crypto
