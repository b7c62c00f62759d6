// Whether the promise of a receipt was kept, as the server's logs show.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "audit/receipt.h"
#include "merkle/policy.h"
#include "tlog/files.h"

namespace muzn::cli {

struct Kept {
  enum class Verdict : std::uint8_t {
    kKept,    // the entry is in the account's log, of which the public log says so
    kBroken,  // by the deadline it was not, or another one is in its place, or none is anywhere
    kNotYet,  // no leaf of the public log is new enough to say
  };
  Verdict verdict = Verdict::kNotYet;
  std::uint64_t leaf = 0;  // index in the public log of the leaf that says it; not of kNotYet
  std::optional<std::uint64_t> entry = std::nullopt;  // index in the account's log; of kKept
  std::string why;                                    // in words
};

// Looks for the newest leaf of the public log that speaks of the receipt's log, verifies that it is
// there, and proves the entry below its root from the files of the account's log. Where the receipt
// does not say which entry it is, it is looked for by its hash, and that there is none is only said
// when all hashes were read that have this root. Errors: those of
// tlog::prove(), and the sources'.
Result<Kept> find_kept(const audit::Receipt& receipt, tlog::FileSource& public_log,
                       tlog::FileSource& own_log, const merkle::Policy& policy);

}  // namespace muzn::cli
