// A lower bound of what was acknowledged, kept beside the database: a small file with the sequence
// number of a change that is known to be durable.
//
// Why: after a crash RocksDB replays its log up to the first record that is not whole. A torn tail
// was never acknowledged, but a rotten byte further up looks the same and would silently drop all
// rows behind it. A database that comes back older than the mark has lost acknowledged rows.
// The file is overwritten in place without a sync of its own (one write of less than a sector), so
// it may be older than the truth, never newer: it can't raise a false alarm.
//
// Beside it in the same sector: up to where the manifest of the database was synced, for
// kv/manifest_check.h. That part is synced, before the log that a new table replaces goes.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/time.h"
#include "fs/dir.h"
#include "kv/manifest_check.h"

namespace muzn::meta {

inline constexpr const char* kAckedName = "acked";  // in the directory of the rows

struct Mark {
  std::uint64_t sequence = 0;
  kv::ManifestEnd manifest;
  bool operator==(const Mark&) const = default;
};

// Pure: the bytes of the file, drawn in docs/formats/engine.md.
std::string encode_mark(const Mark& mark);
// Also the first form of the file, without a manifest. Errors: kCorrupt.
Result<Mark> decode_mark(std::string_view bytes);
// Of the file in `dir`. Errors: kCorrupt (missing or damaged), kUnavailable.
Result<Mark> read_mark(const fs::Dir& dir);

// Threads: notes of sequences one at a time; notes of manifests one at a time.
class AckedMark {
 public:
  // Opens the mark of `dir`, or makes one with zeros when it is missing and `create` is on.
  // Errors: kCorrupt (missing or damaged), kUnavailable.
  static Result<std::unique_ptr<AckedMark>> open(const fs::Dir& dir, bool create);

  const Mark& at_start() const { return at_start_; }
  // Notes that `sequence` is durable. At most once in kIntervalMicros, to save the journal's work.
  // Errors are not returned: an older mark is still a true one.
  void note(std::uint64_t sequence, std::int64_t now_micros);
  // The same, at once; at a clean end.
  void note_last(std::uint64_t sequence);
  // Notes that the manifest is durable up to `end`. Durable when it returns. After an error nothing
  // may be acknowledged any more.
  Result<void> note_manifest(kv::ManifestEnd end);

 private:
  static constexpr std::int64_t kIntervalMicros = 100'000;

  AckedMark(fs::File file, const Mark& at_start)
      : file_(std::move(file)), at_start_(at_start), noted_(at_start.sequence) {}

  fs::File file_;
  const Mark at_start_;
  std::uint64_t noted_;
  std::int64_t noted_micros_ = 0;
};

}  // namespace muzn::meta
