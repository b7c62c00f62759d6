// The body of add-checkpoint (c2sp.org/tlog-witness), in which a log asks a witness to cosign:
//
//     old SIZE\n              the size that the proof begins at
//     BASE64 HASH\n           0 to kProofHashesMax times: a consistency proof
//     \n
//     NOTE                    the checkpoint
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "merkle/checkpoint.h"
#include "merkle/proof.h"

namespace muzn::merkle {

// Holds the 16 signatures of 5 kB that the specification of notes speaks of, and the proof.
inline constexpr std::size_t kAddCheckpointBytesMax = 128U << 10;

struct AddCheckpoint {
  std::uint64_t old_size = 0;  // at most kSizeMax
  Proof proof;                 // at most kProofHashesMax
  // No signature is believed yet, and an empty tree may have any root: witnesses have answers of
  // their own to both.
  SignedCheckpoint checkpoint;
};

// REQUIRES what parse_add_checkpoint() makes. Longer than kAddCheckpointBytesMax with long notes.
std::string format_add_checkpoint(const AddCheckpoint& request);
// Takes exactly what format_add_checkpoint() makes. Errors: kInvalid, kLimit.
Result<AddCheckpoint> parse_add_checkpoint(std::string_view body);

}  // namespace muzn::merkle
