// Signed notes (c2sp.org/signed-note): a text, and signatures on it by named keys.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace muzn::merkle {

// The specification asks readers for at least 16 signatures; one of ML-DSA-44 has some 3.3 kB.
inline constexpr std::size_t kSignaturesMax = 64;
inline constexpr std::size_t kNoteBytesMax = 512U << 10;  // holds kSignaturesMax of the largest

// One signature line. Name and id together say which key and which algorithm.
struct Signature {
  std::string name;
  std::uint32_t key_id = 0;
  std::string bytes;  // what follows the key id; not empty
  bool operator==(const Signature&) const = default;
};

struct Note {
  std::string text;  // what is signed, with its last newline
  std::vector<Signature> signatures;
};

// Non-empty UTF-8 without Unicode's spaces, control characters and '+'.
bool is_key_name(std::string_view name);

// Says nothing of whether signatures are good (verifier.h). Errors: kInvalid (not of the grammar:
// control characters but newline, CR among them, bytes that are not UTF-8, no signature, a
// signature line of another form), kLimit (longer than kNoteBytesMax, or more signatures than
// kSignaturesMax).
Result<Note> parse_note(std::string_view note);
// Only signature lines, as a witness answers: at least one. Errors: as parse_note().
Result<std::vector<Signature>> parse_signature_lines(std::string_view lines);

// "— name base64\n"
std::string format_signature(const Signature& signature);
// What parse_note() takes. REQUIRES a text that ends with a newline, and at least one signature.
std::string format_note(const Note& note);

}  // namespace muzn::merkle
