// What the engine's tools say, as JSON: the same from the command line and the admin API.
#pragma once
#include "codec/json.h"
#include "object/verify.h"
#include "server/backup.h"
#include "server/scrubber.h"

namespace muzn::server {

codec::Json to_json(const object::VerifyTotals& totals);
codec::Json to_json(const object::Finding& finding);
// Without the lost objects, which can be many.
codec::Json to_json(const BackupRecord& record);
// A volume of a running store.
codec::Json to_json(const blob::VolumeFigures& volume);
// With the findings of the pass under way, or of the last one when none is.
codec::Json to_json(const ScrubReport& report);
// The report of a check, without its findings.
codec::Json check_json(const object::VerifyTotals& totals, bool bytes);

}  // namespace muzn::server
