// Asks a policy's witnesses to cosign a checkpoint (c2sp.org/tlog-witness), all at the same time,
// and believes nobody: a cosignature counts when its signature is good and its time is now.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "egress/door.h"
#include "merkle/checkpoint.h"
#include "merkle/policy.h"
#include "merkle/proof.h"

namespace muzn::witness {

// A consistency proof of the log between two sizes, 0 < from < to. Called from several threads at a
// time. Errors: its own; the witness that it was for is then missing.
using ProofSource = std::function<Result<merkle::Proof>(std::uint64_t from, std::uint64_t to)>;

// Explicit defaults let callers name some fields and leave the others without a warning.
struct AskOptions {
  int timeout_ms = 5'000;  // of each request
  // A witness may tell this often that it is at another size than we thought.
  int conflicts_max = 2;
  // How far a cosignature's time may be from ours. An older one is from before: whoever replays it
  // hides that the witness has seen more since.
  std::uint64_t skew_seconds = 300;
};

enum class Missing : std::uint8_t {
  kNot,          // it cosigned
  kNoUrl,        // the policy does not say where it is
  kUnreachable,  // no answer, or not in time
  kRefused,      // another status than 200 and 409
  kAhead,        // it has cosigned a larger tree of this log: ours is an old copy, or forked
  kConflict,     // it told sizes more often than conflicts_max
  kNoProof,      // our side could not prove that the tree grew
  kLied,         // 200 without a good cosignature of now
};
// "unreachable" and so on, for reports; "" for kNot.
const char* name(Missing missing);

// What came of one witness.
struct Witnessed {
  Missing missing = Missing::kNot;
  std::string why;               // for people, "" when it cosigned
  std::uint64_t time = 0;        // of the cosignature
  std::uint64_t known_size = 0;  // where it is now, as far as it told: where to begin next time
};

struct Witnessing {
  std::string checkpoint;            // the note with the cosignatures that are good
  std::vector<Witnessed> witnesses;  // one a witness of the policy
  bool has_quorum = false;
};

// `checkpoint`: a note, signed by its log. `known_sizes`: one a witness of the policy, where it was
// last known to be; 0 = not known. Blocks until all have answered or run out of time. Errors:
// kInvalid (the note), those of Door::make().
Result<Witnessing> ask_witnesses(const std::string& checkpoint, const merkle::Policy& policy,
                                 const std::vector<std::uint64_t>& known_sizes,
                                 const ProofSource& prove, const egress::Door& door,
                                 const Clock& clock, const AskOptions& options = {});

// The places that a policy's witnesses are at, for a door.
std::vector<std::string> witness_urls(const merkle::Policy& policy);

}  // namespace muzn::witness
