// The acts of an installation about itself as JSON and back; for control/act_json.cc.
#pragma once
#include "codec/json.h"
#include "control/state.h"

namespace muzn::control {

codec::Json body_json(const ChangeSealingKey& body);
codec::Json body_json(const Declare& body);
Result<ActBody> read_change_sealing_key(const codec::Json& json);
Result<ActBody> read_declare(const codec::Json& json);

}  // namespace muzn::control
