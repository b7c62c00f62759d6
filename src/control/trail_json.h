// The acts about trails as canonical JSON and back; docs/formats/acts.md draws it. Of act_json.cc.
#pragma once
#include "codec/json.h"
#include "control/state.h"

namespace muzn::control {

codec::Json body_json(const PutTrail& body);
codec::Json body_json(const DeleteTrail& body);
codec::Json body_json(const SetTrailLogging& body);
Result<ActBody> read_put_trail(const codec::Json& json);
Result<ActBody> read_delete_trail(const codec::Json& json);
Result<ActBody> read_set_trail_logging(const codec::Json& json);

}  // namespace muzn::control
