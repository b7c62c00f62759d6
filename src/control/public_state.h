// The public state: what the leaves of acts add up to, folded from the log as everybody may do it,
// and the leaves of the log that say its hash. docs/formats/state.md.
//
// It is no act of control and holds none up: nothing is obeyed, or refused, because such a leaf is
// there or could not be written. What it stops is a start whose own fold differs from what the log
// says already.
#pragma once
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "audit/fold.h"
#include "base/task.h"
#include "base/time.h"
#include "control/rows.h"
#include "meta/store.h"
#include "tlog/log.h"

namespace muzn::control {

// What differs is between two of these leaves: so many acts an auditor has to look at then. The
// hash costs as much as the state is large, so not each act has one.
inline constexpr std::uint64_t kStateActsMax = 256;
// Acts are rare in most installations: nobody waits longer to compare.
inline constexpr std::chrono::minutes kStateMinutesMax{10};

// A leaf that says the state.
struct StateSaid {
  std::uint64_t index = 0;  // of the leaf in the log
  audit::StateHash state;
};

class PublicState {
 public:
  // Of the log that goes on, which has `origin` logs before it. All is borrowed.
  PublicState(meta::Store& rows, tlog::Log& log, std::uint64_t origin, const Clock& clock)
      : rows_(rows), log_(log), origin_(origin), clock_(clock) {}

  // --- for the controller, whose turn it is ---
  // Finds the newest leaf that says the state; before the first take(). Errors: kCorrupt (there is
  // none where the rows say), the store's, the log's.
  Task<Result<void>> open();
  // The leaf of an act, in the order of acts; what was taken before is passed over. Errors:
  // kCorrupt (the log says another hash for the state before it).
  Result<void> take(LeafPlace place, const audit::Leaf& leaf);
  // All acts that the store had at the start were taken. Errors: as take().
  Result<void> opened();
  // Appends a leaf if one is due, and remembers how that ended. REQUIRES that all leaves of acts in
  // the log were taken.
  Task<Result<void>> tell_if_due();

  // --- threads: safe ---
  bool is_due() const;
  // The newest leaf under the published checkpoint; nullopt: none yet.
  std::optional<StateSaid> published() const;
  // Of the last leaf that was due.
  Result<void> outcome() const;

 private:
  Task<Result<void>> begin_fold();
  Task<Result<void>> search(std::uint64_t from);
  Task<Result<void>> read_newest(std::uint64_t index);
  Task<Result<void>> keep(std::optional<std::uint64_t> pending_from);
  Task<Result<void>> tell();
  Result<void> check();

  meta::Store& rows_;
  tlog::Log& log_;
  const std::uint64_t origin_;
  const Clock& clock_;

  // Of whose turn it is.
  audit::Fold fold_;
  std::uint64_t sequence_ = 0;  // of the next leaf
  // What the log said at the start, until it was compared.
  std::optional<StateSaid> unchecked_;

  mutable std::mutex mutex_;  // guards all below
  std::optional<StateSaid> newest_;
  std::optional<StateSaid> previous_;
  std::uint64_t acts_ = 0;  // that were taken
  bool is_late_ = false;    // acts of a life before wait for a leaf
  std::int64_t since_ = 0;  // when the oldest act that waits was taken; monotonic µs
  Result<void> outcome_;
};

}  // namespace muzn::control
