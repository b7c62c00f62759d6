#include "admin/reply.h"

#include "codec/date.h"

namespace muzn::admin {

using codec::Json;

std::unexpected<Failure> refuse(int status, std::string code, std::string message) {
  return std::unexpected(Failure{status, std::move(code), std::move(message), {}, {}});
}

std::unexpected<Failure> slow_down(std::chrono::seconds wait) {
  auto out = refuse(503, "SlowDown", "more requests a second than the account or user may make");
  out.error().retry_after = wait;
  return out;
}

Failure to_failure(const Error& error) {
  switch (error.code) {
    case Code::kNotFound:
      return {404, "NotFound", error.what, {}, {}};
    case Code::kExists:
      return {409, "AlreadyExists", error.what, {}, {}};
    case Code::kPrecondition:
      return {409, "Conflict", error.what, {}, {}};
    case Code::kDenied:
      return {403, "AccessDenied", error.what, {}, {}};
    case Code::kInvalid:
      return {400, "InvalidRequest", error.what, {}, {}};
    case Code::kClosed:
      return {400, "IncompleteBody", "the body ended early", {}, {}};
    case Code::kLimit:
      return {413, "RequestTooLarge", error.what, {}, {}};
    case Code::kUnavailable:
    case Code::kTimeout:
    case Code::kNoSpace:
      return {503,
              "ServiceUnavailable",
              "the change could not be stored; look before retrying",
              {},
              error.what};
    case Code::kCorrupt:
    case Code::kUnsupported:
    case Code::kInternal:
      break;
  }
  return {500, "InternalError", "an internal error; the server's log knows more", {}, error.what};
}

Json account_json(const control::Account& account) {
  return {{"id", account.id},
          {"canonical_id", account.canonical_id},
          {"display_name", account.display_name},
          {"email", account.email},
          {"is_operator", account.is_operator},
          {"created", codec::iso8601_millis(account.created)}};
}

Json user_json(const control::User& user) {
  return {{"account", user.account},
          {"name", user.name},
          {"id", user.id},
          {"created", codec::iso8601_millis(user.created)}};
}

Json key_json(const control::AccessKey& key) {
  return {{"access_key", key.access_key},
          {"account", key.account},
          {"user", key.user},
          {"status", key.status == control::KeyStatus::kActive ? "active" : "inactive"},
          {"created", codec::iso8601_millis(key.created)}};
}

http::Response to_response(const Outcome& outcome, std::string_view request_id) {
  http::Response response;
  response.headers.set("Content-Type", "application/json");
  response.headers.set("Cache-Control", "no-store");  // some answers hold secrets
  response.headers.set("X-Content-Type-Options", "nosniff");
  response.headers.set("x-amz-request-id", request_id);
  if (outcome) {
    response.body = codec::dump_json(*outcome);
  } else {
    const Failure& failure = outcome.error();
    response.status = failure.status;
    if (!failure.allow.empty()) response.headers.set("Allow", failure.allow);
    if (failure.retry_after.count() > 0) {
      response.headers.set("Retry-After", std::to_string(failure.retry_after.count()));
    }
    response.body = codec::dump_json({{"error",
                                       {{"code", failure.code},
                                        {"message", failure.message},
                                        {"request_id", std::string(request_id)}}}});
  }
  response.body.push_back('\n');
  return response;
}

}  // namespace muzn::admin
