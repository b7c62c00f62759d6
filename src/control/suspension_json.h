// The acts about complaints and cases as JSON and back; for control/act_json.cc. What is signed is
// the act without its approvals; texts of complaints and answers lie beside the act.
#pragma once
#include "codec/json.h"
#include "control/state.h"

namespace muzn::control {

codec::Json said_json(const GiveNotice& body);
codec::Json said_json(const DecideCase& body);
codec::Json said_json(const DecideAppeal& body);
codec::Json said_json(const RestrictAtOnce& body);
codec::Json said_json(const CloseExport& body);

codec::Json body_json(const FileComplaint& body);
codec::Json body_json(const GiveNotice& body);
codec::Json body_json(const AnswerCase& body);
codec::Json body_json(const DecideCase& body);
codec::Json body_json(const DecideAppeal& body);
codec::Json body_json(const RestrictAtOnce& body);
codec::Json body_json(const CloseExport& body);
Result<ActBody> read_file_complaint(const codec::Json& json);
Result<ActBody> read_give_notice(const codec::Json& json);
Result<ActBody> read_answer_case(const codec::Json& json);
Result<ActBody> read_decide_case(const codec::Json& json);
Result<ActBody> read_decide_appeal(const codec::Json& json);
Result<ActBody> read_restrict_at_once(const codec::Json& json);
Result<ActBody> read_close_export(const codec::Json& json);

// The policy that one open case is: statements that deny, in IAM JSON; none: it restricts nothing.
codec::Json statements_of(const audit::Case& one, std::string_view id);

}  // namespace muzn::control
