// Judges a checkpoint by a policy.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "merkle/checkpoint.h"
#include "merkle/policy.h"

namespace muzn::merkle {

struct Cosigned {
  std::size_t witness = 0;  // of the policy
  std::uint64_t time = 0;   // seconds since 1970, as the witness states
};

struct Judgement {
  Checkpoint checkpoint;
  std::size_t log = 0;  // of the policy
  std::vector<Cosigned> cosigned;
  // The newest of them; 0 when nobody cosigned. Whether that is fresh enough is the caller's to
  // say.
  std::uint64_t newest() const;
};

// A checkpoint signed by one of the policy's logs under its own name, with the quorum. Errors:
// kDenied, and those of parse_signed_checkpoint().
Result<Judgement> judge_checkpoint(std::string_view note, const Policy& policy);

}  // namespace muzn::merkle
