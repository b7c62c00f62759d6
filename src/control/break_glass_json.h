// The acts of break-glass as JSON and back; for control/act_json.cc. What is signed is the act
// without its approvals.
#pragma once
#include "codec/json.h"
#include "control/state.h"

namespace muzn::control {

codec::Json said_json(const OpenBreakGlass& body);
codec::Json said_json(const CloseBreakGlass& body);
codec::Json grant_json(const Grant& grant);

codec::Json body_json(const OpenBreakGlass& body);
codec::Json body_json(const CloseBreakGlass& body);
Result<ActBody> read_open_break_glass(const codec::Json& json);
Result<ActBody> read_close_break_glass(const codec::Json& json);

}  // namespace muzn::control
