// The part of apply() that is about officers and charters; for control/state.cc.
#pragma once
#include "base/error.h"
#include "control/state.h"

namespace muzn::control {

// control/officers.cc
Result<void> run(State& state, const AppointOfficer& act);
Result<void> run(State& state, const DismissOfficer& act);
// control/charter.cc
Result<void> run(State& state, const PutCharter& act);
Result<void> run(State& state, const SetBucketPurpose& act);
void cap_limits(State& state, const std::string& account);

// control/state.cc
Result<void> check_bucket(const BucketRef& bucket);
// What acts said of it, to be changed; from now on they have spoken of it.
BucketControls& controls_of(State& state, const BucketRef& bucket);

}  // namespace muzn::control
