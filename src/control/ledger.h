// The public log as control state needs it, and what it proves of acts.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "control/rows.h"
#include "merkle/judge.h"
#include "tlog/log.h"
#include "tlog/publisher.h"

namespace muzn::control {

class PublicState;  // control/public_state.h

// All borrowed.
struct Ledger {
  tlog::Log& log;
  tlog::Publisher& publisher;
  // What its checkpoints are judged by: without the quorum that this asks for no act is obeyed.
  const merkle::Policy& policy;
  // The logs that went before it, frozen; it says of the last of them how it ended, and so on.
  std::vector<tlog::Log*> past = {};
  // Who folds the leaves of acts, and says in the log what they add up to; nullptr: nobody.
  PublicState* state = nullptr;

  // The log that holds a leaf; nullptr: there is none.
  tlog::Log* log_of(const LeafPlace& place) const {
    if (place.origin < past.size()) return past[place.origin];
    return place.origin == past.size() ? &log : nullptr;
  }
};

// What the published checkpoint proves. Believes the log no more than an outsider does: the
// checkpoint is judged by the policy, and each leaf has its proof verified.
// Threads: one.
class LedgerView {
 public:
  explicit LedgerView(const Ledger& ledger) : ledger_(ledger) {}

  // Reads the published checkpoint. Errors: kDenied (it is not what the policy asks for), kCorrupt
  // (it is older than one that was read before), the log's.
  Task<Result<void>> refresh();
  // Whether what was read last covers the place.
  bool covers(const LeafPlace& place) const {
    return place.origin < ledger_.past.size() || place.index < now_.size;
  }
  // REQUIRES covers(place). Errors: kCorrupt (the log does not prove it), the log's.
  Task<Result<void>> prove(LeafPlace place, const merkle::Hash& leaf) const;

 private:
  const Ledger ledger_;
  std::string text_;  // as it was read
  merkle::Checkpoint now_{};
};

}  // namespace muzn::control
