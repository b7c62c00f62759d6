// What a charter must be before anybody signs it. Pure.
#pragma once
#include "base/error.h"
#include "control/charter.h"

namespace muzn::control {

// Errors: kInvalid, kLimit, kDenied (a use that is never served).
Result<void> check_charter(const Charter& charter);

// `given`, and no limit of it above, or missing where there is one, of `most`.
Limits capped_by(const Limits& most, const Limits& given);

}  // namespace muzn::control
