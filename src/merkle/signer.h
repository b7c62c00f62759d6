// Makes signatures of notes.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "crypto/ed25519.h"
#include "merkle/note.h"
#include "merkle/vkey.h"

namespace muzn::merkle {

// A key with its name, for one type of signature: a key of one type is never used for another.
class Signer {
 public:
  // Errors: kInvalid (a name that is none, a seed of a wrong size).
  static Result<Signer> make(std::string name, KeyType type, std::string_view seed);

  const VerifierKey& verifier() const { return verifier_; }

  // Of a note's text. `time` (seconds since 1970) is what a cosignature states; a log's own
  // signature has none. REQUIRES time <= kSizeMax.
  Signature sign(std::string_view text, std::uint64_t time) const;

 private:
  Signer(crypto::Ed25519Key key, VerifierKey verifier)
      : key_(std::move(key)), verifier_(std::move(verifier)) {}

  crypto::Ed25519Key key_;
  VerifierKey verifier_;
};

// What cosignature/v1 signs (c2sp.org/tlog-cosignature, "Ed25519 signed message").
std::string cosigned_message(std::string_view text, std::uint64_t time);

}  // namespace muzn::merkle
