// The part of apply() that is about sites and residency; for control/state.cc.
#pragma once
#include <string>

#include "base/error.h"
#include "control/state.h"

namespace muzn::control {

// control/residency.cc
Result<void> run(State& state, const PutSite& body, const Act& act);
Result<void> run(State& state, const DeleteSite& body, const Act& act);
Result<void> run(State& state, const SetResidency& body, const Act& act);
// Not wider than what stands.
bool only_narrows(const State& state, const SetResidency& act);
void forget_residencies_of(State& state, const std::string& account);

}  // namespace muzn::control
