// Answers of the CloudTrail service, in AWS's JSON 1.1.
#pragma once
#include <chrono>
#include <expected>
#include <string>
#include <string_view>

#include "base/error.h"
#include "codec/json.h"
#include "http/message.h"
#include "sigv4/sigv4.h"

namespace muzn::trail {

struct Failure {
  int status = 400;
  std::string code;  // "TrailNotFoundException"
  std::string message;
  std::string cause;  // what went wrong inside, of a 5xx; for the log, never for the client
  std::chrono::seconds retry_after = {};  // 0: it is not said
};
using Outcome = std::expected<codec::Json, Failure>;

std::unexpected<Failure> refuse(std::string code, std::string message);
std::unexpected<Failure> throttle(std::chrono::seconds wait);  // ThrottlingException
// An error of control or of the store, where no call has a name of its own for it.
Failure to_failure(const Error& error);
// A refusal of SigV4 by the names that services other than S3 have.
Failure to_failure(sigv4::Refusal refusal);

http::Response to_response(const Outcome& outcome, std::string_view request_id);

}  // namespace muzn::trail
