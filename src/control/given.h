// What a start is given must fit what the store says.
#pragma once
#include <string_view>

#include "control/controller.h"

namespace muzn::control {

// Errors: kInvalid, with a hint: keys that are no active root key of the operator's account,
// another region than genesis' ("" = whatever the store says).
Result<void> check_given(const State& state, const GenesisKeys& keys, std::string_view region);

}  // namespace muzn::control
