// What a witness answers to a log (c2sp.org/tlog-witness, "add-checkpoint"): the whole decision,
// without the key that cosigns and the disk that remembers.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "merkle/add_checkpoint.h"
#include "merkle/vkey.h"

namespace muzn::merkle {

// How far a log had grown when it was seen last.
struct TreeHead {
  std::uint64_t size = 0;
  Hash root;
  bool operator==(const TreeHead&) const = default;
};

// The numbers are HTTP's.
enum class Verdict : std::uint16_t {
  kCosign = 200,
  kBackwards = 400,     // the old size is above the checkpoint's
  kUnsigned = 403,      // by no known key of the origin, or a known key's signature is bad
  kUnknownLog = 404,    // no key of this origin is known
  kConflict = 409,      // the old size is not the last one that was cosigned
  kInconsistent = 422,  // the tree does not grow out of the last one
};

struct Ruling {
  Verdict verdict = Verdict::kInconsistent;
  std::string why;               // for people, "" when cosigned
  std::uint64_t known_size = 0;  // kConflict: what was cosigned last, 0 = nothing
  // kCosign: what is to be cosigned, with the signatures of known keys and no others.
  SignedCheckpoint accepted;
};

// `log_keys`: those of the request's origin, none when it is unknown. `last`: what was cosigned
// last for this origin; none = nothing yet. Checks in the order of the specification.
Ruling rule_on(const AddCheckpoint& request, std::span<const VerifierKey> log_keys,
               const std::optional<TreeHead>& last);

}  // namespace muzn::merkle
