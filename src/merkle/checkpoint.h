// Checkpoints (c2sp.org/tlog-checkpoint): the text that says how large a log is and what it holds.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "merkle/hash.h"
#include "merkle/note.h"
#include "merkle/vkey.h"

namespace muzn::merkle {

struct Checkpoint {
  std::string origin;
  std::uint64_t size = 0;  // at most kSizeMax
  Hash root;
  std::string extension;  // lines, each with its newline; ours have none
  bool operator==(const Checkpoint&) const = default;
};

// The text of a note. REQUIRES an origin of one line.
std::string format_checkpoint(const Checkpoint& checkpoint);
// Takes exactly what format_checkpoint() makes. Errors: kInvalid; also the empty tree with another
// root than its own.
Result<Checkpoint> parse_checkpoint(std::string_view text);

// A note, the checkpoint that its text is, and what came with it.
struct SignedCheckpoint {
  Note note;
  Checkpoint checkpoint;
};
// Believes no signature yet. Errors: of parse_note() and parse_checkpoint().
Result<SignedCheckpoint> parse_signed_checkpoint(std::string_view note);
// And is signed by `log`, whose name is its origin. Errors: also kDenied.
Result<SignedCheckpoint> open_checkpoint(std::string_view note, const VerifierKey& log);

}  // namespace muzn::merkle
