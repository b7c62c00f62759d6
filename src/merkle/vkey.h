// Keys that signatures of notes are verified with, in their one line of text (c2sp.org/signed-note,
// "Verifier keys"): name+hex(key id)+base64(type ‖ public key).
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace muzn::merkle {

// The assigned bytes that are built.
enum class KeyType : std::uint8_t {
  kEd25519 = 0x01,      // on the note's text: of logs
  kCosignature = 0x04,  // Ed25519 with a time: of witnesses (c2sp.org/tlog-cosignature)
};

struct VerifierKey {
  std::string name;
  KeyType type = KeyType::kEd25519;
  std::string public_key;    // crypto::kEd25519PublicBytes
  std::uint32_t key_id = 0;  // as key_id_of() says
  bool operator==(const VerifierKey&) const = default;
};

// The first four bytes of SHA-256(name ‖ newline ‖ type ‖ public key).
std::uint32_t key_id_of(std::string_view name, KeyType type, std::string_view public_key);
// REQUIRES a name of is_key_name() and a public key of crypto::kEd25519PublicBytes.
VerifierKey make_verifier_key(std::string name, KeyType type, std::string public_key);

std::string format_vkey(const VerifierKey& key);
// Takes exactly what format_vkey() makes. Errors: kInvalid, kUnsupported (a type that is not
// built).
Result<VerifierKey> parse_vkey(std::string_view text);

}  // namespace muzn::merkle
