// The numbers of limits, whoever sets them: an act for an account, or a charter. Pure.
#pragma once
#include "base/error.h"
#include "codec/json.h"
#include "control/limits.h"

namespace muzn::control {

// Errors: kInvalid.
Result<void> check_amounts(const Limits& limits);
// Those that there are, by their names; as acts and leaves have them.
codec::Json limits_json(const Limits& limits);

}  // namespace muzn::control
