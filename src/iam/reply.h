// Answers of IAM and STS, in the XML of AWS's query protocol.
#pragma once
#include <chrono>
#include <expected>
#include <string>
#include <string_view>

#include "base/error.h"
#include "codec/xml.h"
#include "http/message.h"
#include "sigv4/sigv4.h"

namespace muzn::iam {

struct Failure {
  int status = 400;
  std::string code;  // "NoSuchEntity"
  std::string message;
  std::string cause = {};  // what went wrong inside, of a 5xx; for the log, never for the client
  std::chrono::seconds retry_after = {};  // 0: it is not said
};
// What a call answers is in Context::out.
using Outcome = std::expected<void, Failure>;

// The status is that of the code.
std::unexpected<Failure> refuse(std::string code, std::string message);
std::unexpected<Failure> no_such(std::string message);         // NoSuchEntity
std::unexpected<Failure> invalid_value(std::string message);   // ValidationError
std::unexpected<Failure> throttle(std::chrono::seconds wait);  // Throttling
// An error of control, where a call has no words of its own for it.
Failure to_failure(const Error& error);
// A refusal of SigV4 by the names that services other than S3 have.
Failure to_failure(sigv4::Refusal refusal);

// "https://iam.amazonaws.com/doc/2010-05-08/"
std::string xml_namespace(std::string_view service);
// `body` is a whole document.
http::Response success(std::string body, std::string_view request_id);
http::Response error_response(const Failure& failure, std::string_view service,
                              std::string_view request_id);

}  // namespace muzn::iam
