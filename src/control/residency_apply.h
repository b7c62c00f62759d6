// The part of apply() that is about sites and residency; for control/state.cc.
#pragma once
#include <string_view>

#include "base/error.h"
#include "control/state.h"

namespace muzn::control {

// control/residency.cc; `actor` is the act's.
Result<void> run(State& state, const PutSite& act, std::string_view actor);
Result<void> run(State& state, const DeleteSite& act, std::string_view actor);
Result<void> run(State& state, const SetResidency& act, std::string_view actor);
// Not wider than what stands.
bool only_narrows(const State& state, const SetResidency& act);
void forget_residencies_of(State& state, const std::string& account);

}  // namespace muzn::control
