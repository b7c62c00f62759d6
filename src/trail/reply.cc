#include "trail/reply.h"

#include <algorithm>
#include <array>
#include <utility>

namespace muzn::trail {

std::unexpected<Failure> refuse(std::string code, std::string message) {
  return std::unexpected(
      Failure{.status = 400, .code = std::move(code), .message = std::move(message), .cause = {}});
}

std::unexpected<Failure> throttle(std::chrono::seconds wait) {
  auto out = refuse("ThrottlingException", "Rate exceeded");
  out.error().retry_after = wait;
  return out;
}

Failure to_failure(const Error& error) {
  switch (error.code) {
    case Code::kInvalid:
      return {400, "InvalidParameterException", error.what, {}};
    case Code::kNotFound:
      return {400, "TrailNotFoundException", error.what, {}};
    case Code::kExists:
      return {400, "TrailAlreadyExistsException", error.what, {}};
    case Code::kPrecondition:
      return {400, "ConflictException", error.what, {}};
    case Code::kDenied:
      return {400, "AccessDeniedException", error.what, {}};
    case Code::kClosed:
    case Code::kLimit:
      return {400, "SerializationException", "the body is cut short or too long", {}};
    case Code::kUnavailable:
    case Code::kTimeout:
    case Code::kNoSpace:
      return {503, "ServiceUnavailable", "try again later", error.what};
    case Code::kCorrupt:
    case Code::kUnsupported:
    case Code::kInternal:
      break;
  }
  return {500, "InternalFailure", "an internal error; the server's log knows more", error.what};
}

Failure to_failure(sigv4::Refusal refusal) {
  // S3's names of what other services call otherwise.
  constexpr auto kCodes = std::to_array<std::pair<std::string_view, std::string_view>>(
      {{"AccessDenied", "AccessDeniedException"},
       {"AuthorizationHeaderMalformed", "IncompleteSignatureException"},
       {"InvalidAccessKeyId", "UnrecognizedClientException"},
       {"InvalidToken", "UnrecognizedClientException"},
       {"RequestTimeTooSkewed", "InvalidSignatureException"},
       {"SignatureDoesNotMatch", "InvalidSignatureException"}});
  const auto* const found =
      std::ranges::find(kCodes, refusal.code, [](const auto& pair) { return pair.first; });
  const std::string_view code = found == kCodes.end() ? "ValidationException" : found->second;
  return {400, std::string(code), std::move(refusal.message), {}};
}

http::Response to_response(const Outcome& outcome, std::string_view request_id) {
  http::Response response;
  response.headers.set("Content-Type", "application/x-amz-json-1.1");
  response.headers.set("Cache-Control", "no-store");
  response.headers.set("X-Content-Type-Options", "nosniff");
  response.headers.set("x-amzn-RequestId", request_id);
  if (outcome) {
    response.body = codec::dump_json(*outcome);
  } else {
    const Failure& failure = outcome.error();
    response.status = failure.status;
    if (failure.retry_after.count() > 0) {
      response.headers.set("Retry-After", std::to_string(failure.retry_after.count()));
    }
    response.body = codec::dump_json({{"__type", failure.code}, {"message", failure.message}});
  }
  return response;
}

}  // namespace muzn::trail
