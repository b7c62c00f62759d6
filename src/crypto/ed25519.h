// Ed25519 signatures (RFC 8032), pure form.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"

namespace muzn::crypto {

inline constexpr std::size_t kEd25519SeedBytes = 32;  // RFC 8032's private key
inline constexpr std::size_t kEd25519PublicBytes = 32;
inline constexpr std::size_t kEd25519SignatureBytes = 64;

// A private key. It can be used but not read or copied, so that no log, answer or core of ours
// shows it by accident; OpenSSL wipes it when it goes. Threads: sign() may be called from several.
class Ed25519Key {
 public:
  // Errors: kInvalid (not kEd25519SeedBytes). The caller wipes its own copy of the seed.
  static Result<Ed25519Key> from_seed(std::string_view seed);

  const std::string& public_key() const { return public_; }  // kEd25519PublicBytes
  std::string sign(std::string_view message) const;          // kEd25519SignatureBytes

 private:
  struct Free {
    void operator()(void* context) const;
  };
  using Handle = std::unique_ptr<void, Free>;  // EVP_MD_CTX

  Ed25519Key(Handle ready, std::string public_key)
      : ready_(std::move(ready)), public_(std::move(public_key)) {}

  Handle ready_;  // begun with the key: a copy of it costs less than to begin anew
  std::string public_;
};

// False also for a key or a signature of a wrong size.
[[nodiscard]] bool ed25519_verify(std::string_view public_key, std::string_view message,
                                  std::string_view signature);

}  // namespace muzn::crypto
