// A lower bound of what was acknowledged, kept beside the database: a small file with the sequence
// number of a change that is known to be durable.
//
// Why: after a crash RocksDB replays its log up to the first record that is not whole. A torn tail
// was never acknowledged, but a rotten byte further up looks the same and would silently drop all
// rows behind it. A database that comes back older than the mark has lost acknowledged rows.
// The file is overwritten in place without a sync of its own (one write of less than a sector), so
// it may be older than the truth, never newer: it can't raise a false alarm.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"
#include "fs/dir.h"

namespace muzn::meta {

inline constexpr const char* kAckedName = "acked";  // in the directory of the rows

// Pure: the 24 bytes of the file, drawn in docs/formats/engine.md.
std::string encode_mark(std::uint64_t sequence);
// Errors: kCorrupt.
Result<std::uint64_t> decode_mark(std::string_view bytes);

// Threads: one at a time.
class AckedMark {
 public:
  // Opens the mark of `dir`, or makes one with 0 when it is missing and `create` is on.
  // Errors: kCorrupt (missing or damaged), kUnavailable.
  static Result<AckedMark> open(const fs::Dir& dir, bool create);

  std::uint64_t at_start() const { return at_start_; }
  // Notes that `sequence` is durable. At most once in kIntervalMicros, to save the journal's work.
  // Errors are not returned: an older mark is still a true one.
  void note(std::uint64_t sequence, std::int64_t now_micros);
  // The same, at once; at a clean end.
  void note_last(std::uint64_t sequence);

 private:
  static constexpr std::int64_t kIntervalMicros = 100'000;

  AckedMark(fs::File file, std::uint64_t at_start)
      : file_(std::move(file)), at_start_(at_start), noted_(at_start) {}

  fs::File file_;
  std::uint64_t at_start_;
  std::uint64_t noted_;
  std::int64_t noted_micros_ = 0;
};

}  // namespace muzn::meta
