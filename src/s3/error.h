// S3's errors: AWS's codes, statuses and XML ("Error responses", S3 API reference). The one place
// where the faults of lower floors become answers.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "http/message.h"
#include "object/failure.h"
#include "sigv4/sigv4.h"

namespace muzn::s3 {

// kAccessDenied and so on: AWS's code with a k before it. The table is s3/error.def:
// S3_ERROR(code, status, "default message").
enum class ErrorCode : std::uint16_t {
#define S3_ERROR(code, status, message) k##code,
#include "s3/error.def"
#undef S3_ERROR
};

struct [[nodiscard]] Error {
  ErrorCode code = ErrorCode::kInternalError;
  std::string message;                                     // "" = the table's
  std::vector<std::pair<std::string, std::string>> extra;  // further XML elements, in order
  http::Headers headers;                                   // for example Allow, Retry-After
  std::string cause;  // what went wrong inside, of a 5xx; for the log, never for the client

  // Implicit, so that handlers `return ErrorCode::kNoSuchKey` and CO_TRY passes failures on.
  Error(ErrorCode c) : code(c) {}
  Error(ErrorCode c, std::string text) : code(c), message(std::move(text)) {}
  Error(const object::Failure& failure);
  Error(const muzn::Error& error);
  Error(const sigv4::Refusal& refusal);

 private:
  void describe_marker(const object::Failure::Marker& marker);
};

int status(ErrorCode code);
std::string_view name(ErrorCode code);
std::string_view default_message(ErrorCode code);
// From AWS's name ("NoSuchKey"); nullopt when the table does not have it.
std::optional<ErrorCode> error_code(std::string_view name);

template <class T>
using Outcome = std::expected<T, Error>;

inline std::unexpected<Error> refuse(ErrorCode code, std::string message = "") {
  return std::unexpected<Error>(Error(code, std::move(message)));
}

// AccessDenied that names the rule (policy/residency.h), for the client and for the log.
Error refused_by_residency(const std::string& rule);

// InvalidArgument with AWS's ArgumentName and ArgumentValue elements.
std::unexpected<Error> invalid_argument(std::string message, std::string_view argument,
                                        std::string_view value);

// Whose documents they are: S3's, <Error>, or the S3 Control API's, <ErrorResponse><Error>.
enum class Api : std::uint8_t { kS3, kControl };
inline constexpr std::string_view kControlXmlns =
    "http://awss3control.amazonaws.com/doc/2018-08-20/";

// The XML document with Code, Message, the extras, Resource, RequestId and HostId; no body for 304.
// Bytes that XML cannot carry are shown as '?'.
http::Response error_response(const Error& error, std::string_view resource,
                              std::string_view request_id, std::string_view host_id,
                              Api api = Api::kS3);

}  // namespace muzn::s3
