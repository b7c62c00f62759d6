// Which acts only remove rights: they can't harm who is not heard first, and may be urgent. Pure.
#pragma once
#include "control/state.h"

namespace muzn::control {

// Whether nobody may do after `act` what it may not do in `state`, provably. Policies that deny are
// not removed so: a Deny that goes may let an Allow through. An act that does not apply to `state`
// removes nothing there, whatever this says.
bool only_removes(const State& state, const ActBody& act);

}  // namespace muzn::control
