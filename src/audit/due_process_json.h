// Cases in JSON: what a fold remembers of them.
#pragma once
#include "audit/due_process.h"
#include "base/error.h"
#include "codec/json.h"

namespace muzn::audit {

codec::Json to_json(const Case& one);
// Errors: kInvalid.
Result<Case> case_from_json(const codec::Json& json);

}  // namespace muzn::audit
