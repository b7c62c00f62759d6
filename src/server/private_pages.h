// The logs of accounts, as the static files that they are, for whoever may read them: requests
// below
// /-/log/private/ are signed, as those of S3 are.
#pragma once
#include <string>
#include <string_view>

#include "audit/private_logs.h"
#include "audit/record.h"
#include "base/task.h"
#include "control/controller.h"
#include "gate/gate.h"
#include "http/message.h"

namespace muzn::server {

inline constexpr std::string_view kPrivateLogPrefix = "/-/log/private/";

class PrivatePages {
 public:
  // Borrowed.
  PrivatePages(const gate::Gate& gate, const control::Controller& controller,
               audit::PrivateLogs& logs)
      : gate_(gate), controller_(controller), logs_(logs) {}

  // Answers GET and HEAD below kPrivateLogPrefix: <account>/<path>, where the account is its id or
  // its handle, and the path one of log_pages.h. Asks the gate for "muzn:ReadLog". Whether another
  // account exists, or has a log, is told to nobody who may not read it. Fills who, operation,
  // decision and whose log it is in the record.
  Task<http::Response> serve(const http::RequestHead& head, audit::Record& record);

 private:
  const gate::Gate& gate_;
  const control::Controller& controller_;
  audit::PrivateLogs& logs_;
};

}  // namespace muzn::server
