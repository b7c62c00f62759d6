// The IAM and STS services: AWS's query protocol, parameters in a form or in the URL, answers in
// XML. An account's root has its account; users and sessions of roles have what their policies say.
// docs/iam.md lists the calls.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "audit/record.h"
#include "base/task.h"
#include "gate/gate.h"
#include "http/message.h"
#include "iam/calls.h"

namespace muzn::iam {

// Is the request for these services? A POST of a form to "/", or a GET of it with an Action: S3 has
// neither.
bool is_ours(const http::RequestHead& head);
// All values of audit::Record::operation that a service gives, "iam" or "sts".
std::vector<std::string_view> operation_names(std::string_view service);

class Service {
 public:
  explicit Service(Parts parts) : parts_(std::move(parts)) {}

  // REQUIRES is_ours(). Fills service, operation, who, decision and error code of the record; its
  // `key` is the name of what the call is about.
  Task<http::Response> handle(http::Request& request, audit::Record& record);

 private:
  Task<std::expected<std::string, Failure>> answer(http::Request& request, audit::Record& record);
  std::expected<gate::Authenticated, Failure> authenticate(const http::RequestHead& head,
                                                           const std::string& body,
                                                           audit::Record& record) const;
  // Whether the caller may; of one without credentials, too.
  Outcome authorize(const Context& context, const CallInfo& call) const;

  const Parts parts_;
};

}  // namespace muzn::iam
