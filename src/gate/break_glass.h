// Break-glass at the gate: which grant lets a request that nothing else may let, and whether it
// still does. docs/break-glass.md
#pragma once
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/time.h"
#include "control/state.h"
#include "gate/gate.h"

namespace muzn::gate {

// What a request wants that only reads, of its own bucket: nothing that is copied elsewhere.
struct Glass {
  std::string bucket_id;                             // hex
  std::optional<std::string> prefix = std::nullopt;  // of a listing
};

// Grants that were seen to be over: they stay so, also when the clock goes back. Of this process;
// what acts say is for good (control::lapse()). Threads: safe.
class Lapsed {
 public:
  bool is_open(const control::State& state, const std::string& id, Time now);

 private:
  std::mutex mutex_;  // guards ids_
  std::set<std::string> ids_;
};

// Who may use a grant at all: a user of the operator's, with a key of its own that lasts.
bool may_hold_glass(const Principal& who);
// By the header, so that no one else has a URL that reads.
bool is_signed_in_person(const Authenticated& who);

}  // namespace muzn::gate
