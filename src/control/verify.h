// Judges the rows of control state without the key that seals its secrets: are they a list of acts
// that applies from the first to the last, with a sealed secret for each key in force and no other,
// and with places in the log that ascend? (What the log says of them is the log's to judge.)
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "control/state.h"
#include "control/trail.h"
#include "meta/store.h"

namespace muzn::control {

struct ActsReport {
  std::uint64_t rows = 0;
  std::uint64_t acts = 0;           // that apply, from the first on
  std::vector<std::string> errors;  // for people; empty: all is well
  std::optional<Trails> trails;     // that the acts leave; nullopt: the list breaks off
  State state;                      // as far as the list reads
};

// Not judged: whether the secrets open. Blocks; only reads.
ActsReport verify_acts(meta::Store& rows);

}  // namespace muzn::control
