// The part of apply() that is about complaints and cases; for control/state.cc.
#pragma once
#include "base/error.h"
#include "control/state.h"

namespace muzn::control {

// control/suspension.cc
Result<void> run(State& state, const FileComplaint& body, const Act& act);
Result<void> run(State& state, const GiveNotice& body, const Act& act);
Result<void> run(State& state, const AnswerCase& body, const Act& act);
Result<void> run(State& state, const DecideCase& body, const Act& act);
Result<void> run(State& state, const DecideAppeal& body, const Act& act);
Result<void> run(State& state, const RestrictAtOnce& body, const Act& act);
Result<void> run(State& state, const CloseExport& body, const Act& act);
// An account goes, unless it is restricted or about to be. Errors: kPrecondition.
Result<void> check_no_case(const State& state, const std::string& account, Time now);
void forget_cases(State& state, const std::string& account);
// After the account's charter or cases changed.
void set_policy_set(State& state, const std::string& account);

}  // namespace muzn::control
