// Answers under break-glass end when the grant does.
#pragma once
#include <string>

#include "gate/gate.h"
#include "http/message.h"

namespace muzn::s3 {

// From now on the body asks before each piece whether the grant is still open, and ends the
// connection when it is not. `gate` must outlive the response.
void cut_at_lapse(const gate::Gate& gate, std::string grant, http::Response& response);

}  // namespace muzn::s3
