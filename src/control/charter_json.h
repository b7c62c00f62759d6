// The acts about officers and charters as JSON and back; for control/act_json.cc. What is signed is
// the act without its approvals.
#pragma once
#include <string>

#include "codec/json.h"
#include "control/state.h"

namespace muzn::control {

codec::Json said_json(const AppointOfficer& body);
codec::Json said_json(const DismissOfficer& body);
codec::Json said_json(const PutCharter& body);
codec::Json charter_json(const Charter& charter);
// Hex SHA-256 of its canonical JSON.
std::string hash_of(const codec::Json& said);

codec::Json body_json(const AppointOfficer& body);
codec::Json body_json(const DismissOfficer& body);
codec::Json body_json(const PutCharter& body);
codec::Json body_json(const SetBucketPurpose& body);
Result<ActBody> read_appoint_officer(const codec::Json& json);
Result<ActBody> read_dismiss_officer(const codec::Json& json);
Result<ActBody> read_put_charter(const codec::Json& json);
Result<ActBody> read_set_bucket_purpose(const codec::Json& json);
// Errors: kInvalid.
Result<Charter> read_charter(const codec::Json& json);

}  // namespace muzn::control
