#include "iam/reply.h"

#include <algorithm>
#include <array>
#include <utility>

namespace muzn::iam {
namespace {

struct Status {
  std::string_view code;
  int status;
};
// All others are 400.
constexpr auto kStatuses = std::to_array<Status>({{"AccessDenied", 403},
                                                  {"ConcurrentModification", 409},
                                                  {"DeleteConflict", 409},
                                                  {"EntityAlreadyExists", 409},
                                                  {"ExpiredToken", 403},
                                                  {"InvalidClientTokenId", 403},
                                                  {"LimitExceeded", 409},
                                                  {"MissingAuthenticationToken", 403},
                                                  {"NoSuchEntity", 404},
                                                  {"OptInRequired", 403},
                                                  {"RequestEntityTooLarge", 413},
                                                  {"ServiceFailure", 500},
                                                  {"ServiceUnavailable", 503},
                                                  {"SignatureDoesNotMatch", 403},
                                                  {"UnmodifiableEntity", 400}});

http::Response xml_response(int status, std::string body, std::string_view request_id) {
  http::Response response;
  response.status = status;
  response.headers.set("Content-Type", "text/xml");
  response.headers.set("Cache-Control", "no-store");
  response.headers.set("X-Content-Type-Options", "nosniff");
  response.headers.set("x-amzn-RequestId", request_id);
  response.body = std::move(body);
  return response;
}

}  // namespace

std::unexpected<Failure> refuse(std::string code, std::string message) {
  const auto* const found = std::ranges::find(kStatuses, code, &Status::code);
  const int status = found == kStatuses.end() ? 400 : found->status;
  return std::unexpected(
      Failure{.status = status, .code = std::move(code), .message = std::move(message)});
}

std::unexpected<Failure> no_such(std::string message) {
  return refuse("NoSuchEntity", std::move(message));
}

std::unexpected<Failure> invalid_value(std::string message) {
  return refuse("ValidationError", std::move(message));
}

std::unexpected<Failure> throttle(std::chrono::seconds wait) {
  auto out = refuse("Throttling", "Rate exceeded");
  out.error().retry_after = wait;
  return out;
}

Failure to_failure(const Error& error) {
  switch (error.code) {
    case Code::kInvalid:
      return refuse("ValidationError", error.what).error();
    case Code::kNotFound:
      return refuse("NoSuchEntity", error.what).error();
    case Code::kExists:
      return refuse("EntityAlreadyExists", error.what).error();
    case Code::kPrecondition:
      return refuse("DeleteConflict", error.what).error();
    case Code::kDenied:
      return refuse("AccessDenied", error.what).error();
    case Code::kLimit:
      return refuse("LimitExceeded", error.what).error();
    case Code::kClosed:
      return refuse("MalformedInput", "the body is cut short").error();
    case Code::kUnavailable:
    case Code::kTimeout:
    case Code::kNoSpace:
      return {503, "ServiceUnavailable", "try again later", error.what};
    case Code::kCorrupt:
    case Code::kUnsupported:
    case Code::kInternal:
      break;
  }
  return {500, "ServiceFailure", "an internal error; the server's log knows more", error.what};
}

Failure to_failure(sigv4::Refusal refusal) {
  // S3's names of what other services call otherwise.
  constexpr auto kCodes = std::to_array<std::pair<std::string_view, std::string_view>>(
      {{"AccessDenied", "AccessDenied"},
       {"ExpiredToken", "ExpiredToken"},
       {"InvalidAccessKeyId", "InvalidClientTokenId"},
       {"InvalidToken", "InvalidClientTokenId"},
       {"RequestTimeTooSkewed", "SignatureDoesNotMatch"},
       {"SignatureDoesNotMatch", "SignatureDoesNotMatch"}});
  const auto* const found =
      std::ranges::find(kCodes, refusal.code, [](const auto& pair) { return pair.first; });
  const std::string_view code = found == kCodes.end() ? "IncompleteSignature" : found->second;
  if (code == "InvalidClientTokenId") {
    refusal.message = "The security token included in the request is invalid.";
  }
  return refuse(std::string(code), std::move(refusal.message)).error();
}

std::string xml_namespace(std::string_view service) {
  if (service == "sts") return "https://sts.amazonaws.com/doc/2011-06-15/";
  return "https://iam.amazonaws.com/doc/2010-05-08/";
}

http::Response success(std::string body, std::string_view request_id) {
  return xml_response(200, std::move(body), request_id);
}

http::Response error_response(const Failure& failure, std::string_view service,
                              std::string_view request_id) {
  codec::XmlWriter out("ErrorResponse", xml_namespace(service));
  out.open("Error");
  out.element("Type", failure.status < 500 ? "Sender" : "Receiver");
  out.element("Code", failure.code);
  out.element("Message", failure.message);
  out.close();
  out.element("RequestId", request_id);
  auto response = xml_response(failure.status, out.finish(), request_id);
  if (failure.retry_after.count() > 0) {
    response.headers.set("Retry-After", std::to_string(failure.retry_after.count()));
  }
  return response;
}

}  // namespace muzn::iam
