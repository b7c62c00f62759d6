// What the engine's tools say, as JSON: the same from the command line and the admin API.
#pragma once
#include "codec/json.h"
#include "object/verify.h"
#include "server/backup.h"

namespace muzn::server {

codec::Json to_json(const object::VerifyTotals& totals);
codec::Json to_json(const object::Finding& finding);
// Without the lost objects, which can be many.
codec::Json to_json(const BackupRecord& record);
// The report of a check, without its findings.
codec::Json check_json(const object::VerifyTotals& totals, bool bytes);

}  // namespace muzn::server
