// Answers of the admin API: JSON of control state's things, and errors, made here and nowhere else.
#pragma once
#include <chrono>
#include <expected>
#include <string>
#include <string_view>

#include "base/error.h"
#include "codec/json.h"
#include "control/state.h"
#include "http/message.h"

namespace muzn::admin {

struct Failure {
  int status = 500;
  std::string code;  // "NotFound"; the gate's refusals keep AWS's codes
  std::string message;
  std::string allow;  // with 405
  std::string cause;  // what went wrong inside, of a 5xx; for the log, never for the client
  std::chrono::seconds retry_after = {};  // 0: it is not said
};
using Outcome = std::expected<codec::Json, Failure>;

std::unexpected<Failure> refuse(int status, std::string code, std::string message);
std::unexpected<Failure> slow_down(std::chrono::seconds wait);
// An error of control or of reading a body, in the admin API's words. What is our own fault says
// nothing about its inside.
Failure to_failure(const Error& error);

// No form of a key but create_key's answer holds its secret.
codec::Json account_json(const control::Account& account);
codec::Json user_json(const control::User& user);
codec::Json key_json(const control::AccessKey& key);

http::Response to_response(const Outcome& outcome, std::string_view request_id);

}  // namespace muzn::admin
