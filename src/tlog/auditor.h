// Verifies a log as a stranger does: from the files that it serves, believing nothing but a policy.
// Every entry is read; every tile and the root are made from the entries and compared.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "merkle/judge.h"
#include "merkle/proof_file.h"
#include "merkle/tile.h"

namespace muzn::tlog {

// Where the files are. Threads: those of whoever verifies.
class FileSource {
 public:
  virtual ~FileSource() = default;
  // The bytes at a path below the log's prefix. Errors: kNotFound, kLimit (longer than `limit`),
  // and any other: the file may be there, but can't be had now.
  virtual Result<std::string> fetch(const std::string& path, std::size_t limit) = 0;
};

struct AuditOptions {
  merkle::Policy policy;
  // A checkpoint that was kept from before: the log must begin with its tree.
  std::optional<std::string> earlier = std::nullopt;
  // With a quorum: the newest cosignature must not be older than this time (seconds since 1970).
  std::uint64_t cosigned_since = 0;
  // Called now and then with how many entries are read.
  std::function<void(std::uint64_t, std::uint64_t of)> progress = nullptr;
};

struct AuditReport {
  std::optional<merkle::Judgement> judgement;  // when the checkpoint was accepted
  std::uint64_t entries = 0;                   // that were read
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  std::vector<std::string> faults;  // none: all is well; at most kFaultsMax
};
inline constexpr std::size_t kFaultsMax = 1000;

// Errors: what kept it from reading on (not kNotFound, kInvalid, kDenied, kLimit: those are faults
// of the log).
Result<AuditReport> audit(FileSource& source, const AuditOptions& options);

// A proof that entry `index` is in the log, made from its files, and verified against the policy.
// Errors: kInvalid (the log has no such entry), kCorrupt (its files prove nothing), kDenied, the
// source's.
Result<merkle::ProofFile> prove(FileSource& source, const merkle::Policy& policy,
                                std::uint64_t index);

}  // namespace muzn::tlog
