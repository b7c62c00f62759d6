// Public keys of others, given as their numbers, and the signatures that JSON Web Signatures know
// them by. Sources: RFC 8017, FIPS 186-5, RFC 7518 sections 3.3-3.5.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"

namespace muzn::crypto {

inline constexpr int kRsaBitsMin = 2048;       // NIST SP 800-131A
inline constexpr int kRsaBitsMax = 8192;       // longer ones cost more than they protect
inline constexpr std::size_t kP256Bytes = 32;  // of a coordinate, and of each half of a signature

enum class Scheme : std::uint8_t {
  kRsaPkcs1Sha256,  // RS256
  kRsaPssSha256,    // PS256, with a salt of 32 bytes
  kP256Sha256,      // ES256: two numbers of kP256Bytes, not DER
};

// Copies share the key. Threads: verify() may be called from several.
class PublicKey {
 public:
  // Big-endian modulus and exponent. Errors: kInvalid (leading zeros, a size out of bounds, an even
  // or trivial exponent).
  static Result<PublicKey> rsa(std::string_view modulus, std::string_view exponent);
  // Coordinates of kP256Bytes each. Errors: kInvalid (also: no point of the curve).
  static Result<PublicKey> p256(std::string_view x, std::string_view y);

  bool fits(Scheme scheme) const { return (scheme == Scheme::kP256Sha256) == is_p256_; }
  // False also for a scheme that does not fit and a signature of a wrong size.
  [[nodiscard]] bool verify(Scheme scheme, std::string_view message,
                            std::string_view signature) const;

 private:
  PublicKey(std::shared_ptr<void> key, bool is_p256) : key_(std::move(key)), is_p256_(is_p256) {}

  std::shared_ptr<void> key_;  // EVP_PKEY; shared by copies, which sets of keys make
  bool is_p256_;
};

}  // namespace muzn::crypto
