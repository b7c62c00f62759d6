// What a witness remembers: for each log the last checkpoint that it cosigned, as a note with the
// log's signature and its own. One file each, `views/<hex SHA-256 of the origin>`, which is also
// what monitors are served.
//
// Invariants. 1. A file holds a note with a good cosignature of this witness's key, of the origin
// that the file's name is of. 2. A cosignature leaves this process, to whomever, only when the file
// that holds it is durable under its name: else a crash could take the memory back, and the witness
// would cosign a second history. 3. After a failed write or sync nobody knows what is on the disk,
// so nothing is written any more.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "fs/dir.h"
#include "merkle/checkpoint.h"
#include "merkle/vkey.h"

namespace muzn::witness {

// 64 hex digits.
std::string origin_hash(std::string_view origin);

struct View {
  merkle::SignedCheckpoint checkpoint;
  std::uint64_t time = 0;  // of the cosignature, seconds since 1970
  std::string note;        // the whole of it, as it is served
};

class Views {
 public:
  // Of the directory `data`; makes its own in it when it is not there. Errors: those of fs.
  static Result<Views> open(const std::string& data, fs::Disk& disk = fs::kernel());

  // All of them, made durable anew: what a crash left may be under its name by luck only. Errors:
  // kCorrupt (a file that breaks invariant 1), and those of fs.
  Result<std::vector<View>> load(const merkle::VerifierKey& cosigner);
  // Durable when it returns. REQUIRES one caller for an origin at a time. Errors: those of fs,
  // kUnavailable for all calls after one that failed. Threads: safe.
  Result<void> save(const View& view);
  bool has_failed() const { return *failed_; }

 private:
  explicit Views(fs::Dir dir) : dir_(std::move(dir)) {}

  fs::Dir dir_;
  std::unique_ptr<std::atomic<bool>> failed_ = std::make_unique<std::atomic<bool>>(false);
};

}  // namespace muzn::witness
