// .tlog-proof files (c2sp.org/tlog-proof): that an entry is in a log, to be verified offline.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "merkle/judge.h"
#include "merkle/proof.h"

namespace muzn::merkle {

inline constexpr std::size_t kExtraBytesMax = 64U << 10;  // as large as an entry; ours have none
inline constexpr std::size_t kProofFileBytesMax = kNoteBytesMax + 2 * kExtraBytesMax + 4096;

struct ProofFile {
  std::optional<std::string> extra;  // nothing vouches for it
  std::uint64_t index = 0;
  Proof hashes;
  std::string checkpoint;  // the signed note, verbatim
  bool operator==(const ProofFile&) const = default;
};

// REQUIRES at most kProofHashesMax hashes.
std::string format_proof_file(const ProofFile& file);
// The checkpoint is not looked into. Errors: kInvalid, kLimit.
Result<ProofFile> parse_proof_file(std::string_view text);

// What the proof says of an entry, when all of it holds: the log's signature, the quorum of
// `policy`, and the inclusion of `leaf`. Errors: kDenied, and those of parsing the checkpoint.
Result<Judgement> verify_proof_file(const ProofFile& file, const Hash& leaf, const Policy& policy);

}  // namespace muzn::merkle
