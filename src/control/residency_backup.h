// Whether all there is may be backed up to a site. Pure.
#pragma once
#include <string_view>

#include "control/state.h"
#include "policy/residency.h"

namespace muzn::control {

// A backup takes all accounts' bytes with it: the rules of each are asked. `site` "" = nobody says
// where it is. Errors: kDenied.
Result<policy::Permit> may_back_up(const State& state, std::string_view site);

}  // namespace muzn::control
