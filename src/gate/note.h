// Who asked, as the record of a request has it.
#pragma once
#include <string_view>

#include "audit/record.h"
#include "gate/gate.h"

namespace muzn::gate {

// "operator" (whoever is of the operator's account), "root", "user", "role", "anonymous".
std::string_view type_name(const Principal& who);

void note_principal(audit::Record& record, const Principal& who);

}  // namespace muzn::gate
