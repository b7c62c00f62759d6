// RSA signatures for clients that know nothing newer: RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017
// section 8.2). What is ours alone is signed with Ed25519.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"

namespace muzn::crypto {

inline constexpr int kRsaBits = 2048;

// A private key. Threads: sign() may be called from several.
class RsaKey {
 public:
  // A fresh one of kRsaBits, from OpenSSL's own randomness. Takes some tenths of a second.
  static RsaKey generate();
  // What private_der() gave. Errors: kCorrupt.
  static Result<RsaKey> from_der(std::string_view der);

  // DER of PKCS#1's RSAPrivateKey: for a sealed box and nothing else.
  std::string private_der() const;
  const std::string& public_der() const { return public_; }  // of PKCS#1's RSAPublicKey
  // The same message and key give the same signature.
  std::string sign(std::string_view message) const;

 private:
  struct Free {
    void operator()(void* key) const;
  };
  using Handle = std::unique_ptr<void, Free>;  // EVP_PKEY

  explicit RsaKey(Handle key);

  Handle key_;
  std::string public_;
};

// False also for a key that does not read.
[[nodiscard]] bool rsa_verify(std::string_view public_der, std::string_view message,
                              std::string_view signature);

}  // namespace muzn::crypto
