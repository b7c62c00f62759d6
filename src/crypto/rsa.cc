#include "crypto/rsa.h"

#include <openssl/rsa.h>

#include "crypto/openssl.h"

namespace muzn::crypto {
namespace {

// PKCS#1's names of a key's two forms.
constexpr const char* kForm = "type-specific";

std::string encode(EVP_PKEY* key, int selection) {
  const Owned<OSSL_ENCODER_CTX> context(
      OSSL_ENCODER_CTX_new_for_pkey(key, selection, "DER", kForm, nullptr));
  CHECK(context != nullptr);
  unsigned char* bytes = nullptr;
  std::size_t size = 0;
  CHECK(OSSL_ENCODER_to_data(context.get(), &bytes, &size) == 1);
  std::string out(static_cast<const char*>(static_cast<const void*>(bytes)), size);
  OPENSSL_clear_free(bytes, size);
  return out;
}

// Null: it does not read as one key and nothing more.
Owned<EVP_PKEY> decode(std::string_view der, int selection) {
  EVP_PKEY* key = nullptr;
  const Owned<OSSL_DECODER_CTX> context(
      OSSL_DECODER_CTX_new_for_pkey(&key, "DER", kForm, "RSA", selection, nullptr, nullptr));
  CHECK(context != nullptr);
  const unsigned char* at = octets(der);
  std::size_t left = der.size();
  const bool read = OSSL_DECODER_from_data(context.get(), &at, &left) == 1;
  Owned<EVP_PKEY> out(key);
  if (!read || left != 0) out.reset();
  return out;
}

}  // namespace

void RsaKey::Free::operator()(void* key) const {
  EVP_PKEY_free(static_cast<EVP_PKEY*>(key));
}

RsaKey::RsaKey(Handle key)
    : key_(std::move(key)),
      public_(encode(static_cast<EVP_PKEY*>(key_.get()), EVP_PKEY_PUBLIC_KEY)) {}

RsaKey RsaKey::generate() {
  EVP_PKEY* const key = EVP_RSA_gen(kRsaBits);
  CHECK(key != nullptr);
  return RsaKey(Handle(key));
}

Result<RsaKey> RsaKey::from_der(std::string_view der) {
  Owned<EVP_PKEY> key = decode(der, EVP_PKEY_KEYPAIR);
  if (key == nullptr) return fail(Code::kCorrupt, "rsa: not a private key");
  return RsaKey(Handle(key.release()));
}

std::string RsaKey::private_der() const {
  return encode(static_cast<EVP_PKEY*>(key_.get()), EVP_PKEY_KEYPAIR);
}

std::string RsaKey::sign(std::string_view message) const {
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  CHECK(context != nullptr);
  // PKCS#1 v1.5 is OpenSSL's default padding of signatures.
  CHECK(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr,
                           static_cast<EVP_PKEY*>(key_.get())) == 1);
  std::size_t size = 0;
  CHECK(EVP_DigestSign(context.get(), nullptr, &size, octets(message), message.size()) == 1);
  std::string signature(size, '\0');
  CHECK(EVP_DigestSign(context.get(), octets(signature), &size, octets(message), message.size()) ==
        1);
  signature.resize(size);
  return signature;
}

bool rsa_verify(std::string_view public_der, std::string_view message, std::string_view signature) {
  const Owned<EVP_PKEY> key = decode(public_der, EVP_PKEY_PUBLIC_KEY);
  if (key == nullptr) return false;
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  CHECK(context != nullptr);
  if (EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) != 1) {
    return false;
  }
  return EVP_DigestVerify(context.get(), octets(signature), signature.size(), octets(message),
                          message.size()) == 1;
}

}  // namespace muzn::crypto
