// The admin API: JSON over HTTP under /-/admin/v1/, signed with SigV4 (service "muzn" or "s3").
// docs/formats/admin-api.md lists the calls.
#pragma once
#include <string_view>

#include "audit/record.h"
#include "base/task.h"
#include "control/controller.h"
#include "gate/gate.h"
#include "http/message.h"

namespace muzn::admin {

inline constexpr std::string_view kPrefix = "/-/admin/v1/";

// Answers requests whose raw path begins with kPrefix. `record` is the request's audit record, of
// which it fills who, operation, decision and error code.
class Service {
 public:
  Service(gate::Gate& gate, control::Controller& controller);
  Task<http::Response> handle(http::Request& request, audit::Record& record);

 private:
  gate::Gate& gate_;
  control::Controller& controller_;
};

}  // namespace muzn::admin
