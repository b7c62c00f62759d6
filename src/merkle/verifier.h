// Judges the signatures of notes.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "merkle/note.h"
#include "merkle/vkey.h"

namespace muzn::merkle {

struct Verified {
  std::size_t key = 0;     // which of the known ones
  std::uint64_t time = 0;  // of a cosignature, seconds since 1970; else 0
  bool operator==(const Verified&) const = default;
};

// Whether `signature` is the key's on `text`; the time that it states. Errors: kDenied.
// REQUIRES that name and id are the key's.
Result<std::uint64_t> verify_signature(const VerifierKey& key, std::string_view text,
                                       const Signature& signature);

// The known keys that signed, each once and in order of `known`; of several signatures by one the
// latest time. Signatures of unknown keys are ignored. Errors: kDenied, when a known key's
// signature is bad: such a note is not to be believed at all.
Result<std::vector<Verified>> verify_known(const Note& note, std::span<const VerifierKey> known);

}  // namespace muzn::merkle
