// Verifies a log as a stranger does: from the files that it serves, believing nothing but a policy.
// Every entry is read; every tile and the root are made from the entries and compared.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "merkle/judge.h"
#include "merkle/proof_file.h"
#include "tlog/files.h"

namespace muzn::tlog {

struct AuditOptions {
  merkle::Policy policy;
  // A checkpoint that was kept from before: the log must begin with its tree.
  std::optional<std::string> earlier = std::nullopt;
  // With a quorum: the newest cosignature must not be older than this time (seconds since 1970).
  std::uint64_t cosigned_since = 0;
  // Called now and then with how many entries are read.
  std::function<void(std::uint64_t, std::uint64_t of)> progress = nullptr;
  // Handed each entry that could be read, in order, for whoever knows what they should say. Whether
  // they are the log's is only known when the report has no fault.
  std::function<void(std::uint64_t index, std::string_view entry)> on_entry = nullptr;
};

struct AuditReport {
  std::optional<merkle::Judgement> judgement;  // when the checkpoint was accepted
  std::string checkpoint;                      // the note; the same
  std::uint64_t entries = 0;                   // that were read
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  std::vector<std::string> faults;  // none: all is well; at most kFaultsMax
};
inline constexpr std::size_t kFaultsMax = 1000;

// Errors: what kept it from reading on (not kNotFound, kInvalid, kDenied, kLimit: those are faults
// of the log).
Result<AuditReport> audit(FileSource& source, const AuditOptions& options);

// An entry that is proved to be in the log.
struct Proved {
  merkle::ProofFile file;
  std::string entry;
  merkle::Judgement judgement;  // of the checkpoint
};
// Made from the log's files, and verified against the policy. Errors: kPrecondition (the log has no
// such entry), kCorrupt (its files prove nothing), kInvalid and kDenied (the checkpoint), the
// source's.
Result<Proved> prove(FileSource& source, const merkle::Policy& policy, std::uint64_t index);

}  // namespace muzn::tlog
