#include "s3/error.h"

#include <algorithm>
#include <array>

#include "codec/date.h"
#include "codec/uri.h"
#include "codec/xml.h"
#include "object/version_id.h"

namespace muzn::s3 {
namespace {

struct Row {
  std::string_view name;
  int status;
  std::string_view message;
};

constexpr auto kTable = std::to_array<Row>({
#define S3_ERROR(code, status, message) {#code, status, message},
#include "s3/error.def"
#undef S3_ERROR
});

const Row& row(ErrorCode code) {
  return kTable[static_cast<std::size_t>(code)];
}

// Faults of engine and stream below. Texts of internal faults may name paths and hosts: they stay
// here, and the caller gets the table's message.
ErrorCode code_of(Code code) {
  switch (code) {
    case Code::kDenied:
      return ErrorCode::kAccessDenied;
    case Code::kInvalid:
      return ErrorCode::kBadRequest;
    case Code::kLimit:
      return ErrorCode::kMaxMessageLengthExceeded;
    case Code::kNoSpace:
      return ErrorCode::kInsufficientStorage;
    case Code::kUnavailable:
      return ErrorCode::kServiceUnavailable;
    case Code::kTimeout:
      return ErrorCode::kRequestTimeout;
    case Code::kClosed:
      return ErrorCode::kIncompleteBody;
    case Code::kPrecondition:
      return ErrorCode::kOperationAborted;
    case Code::kUnsupported:
      return ErrorCode::kNotImplemented;
    case Code::kNotFound:
    case Code::kExists:
    case Code::kCorrupt:
    case Code::kInternal:
      return ErrorCode::kInternalError;
  }
  return ErrorCode::kInternalError;
}

ErrorCode code_of(const object::Failure& failure) {
  using object::Fault;
  switch (failure.fault) {
    case Fault::kNoSuchBucket:
      return ErrorCode::kNoSuchBucket;
    case Fault::kBucketExists:
      return ErrorCode::kBucketAlreadyExists;
    case Fault::kBucketOwnedByYou:
      return ErrorCode::kBucketAlreadyOwnedByYou;
    case Fault::kBucketNotEmpty:
      return ErrorCode::kBucketNotEmpty;
    case Fault::kNoSuchKey:
    case Fault::kDeleteMarker:
      return ErrorCode::kNoSuchKey;
    case Fault::kMarkerVersion:
      return ErrorCode::kMethodNotAllowed;
    case Fault::kNoSuchVersion:
      return ErrorCode::kNoSuchVersion;
    case Fault::kNoSuchUpload:
      return ErrorCode::kNoSuchUpload;
    case Fault::kInvalidPart:
      return ErrorCode::kInvalidPart;
    case Fault::kInvalidPartOrder:
      return ErrorCode::kInvalidPartOrder;
    case Fault::kEntityTooSmall:
      return ErrorCode::kEntityTooSmall;
    case Fault::kEntityTooLarge:
      return ErrorCode::kEntityTooLarge;
    case Fault::kQuota:
      return ErrorCode::kQuotaExceeded;
    case Fault::kPreconditionFailed:
      return ErrorCode::kPreconditionFailed;
    case Fault::kConflict:
      return ErrorCode::kConditionalRequestConflict;
    case Fault::kLocked:
    case Fault::kResidency:
      return ErrorCode::kAccessDenied;
    case Fault::kBucketState:
      return ErrorCode::kInvalidBucketState;
    case Fault::kTokenReused:
      return ErrorCode::kIdempotencyParameterMismatch;
    case Fault::kIncompleteBody:
      return ErrorCode::kIncompleteBody;
    case Fault::kBadDigest:
      return ErrorCode::kBadDigest;
    case Fault::kRejected:
      return error_code(failure.what).value_or(ErrorCode::kBadRequest);
    case Fault::kStorage:
      return code_of(failure.code);
  }
  return ErrorCode::kInternalError;
}

// Header bytes that are not UTF-8 may come back in messages and canonical requests.
std::string printable(std::string_view text) {
  const bool utf8 = codec::is_utf8(text);
  std::string out(text);
  std::ranges::replace_if(
      out, [&](char c) { return c == '\0' || (!utf8 && static_cast<unsigned char>(c) >= 0x80); },
      '?');
  return out;
}

// "41 57 53": the bytes behind a text, as AWS shows them.
std::string spaced_hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 3);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (!out.empty()) out.push_back(' ');
    out.push_back(kDigits[byte >> 4U]);
    out.push_back(kDigits[byte & 15U]);
  }
  return out;
}

}  // namespace

Error::Error(const object::Failure& failure) : code(code_of(failure)) {
  if (failure.part_number != 0) {
    extra.emplace_back("PartNumber", std::to_string(failure.part_number));
  }
  if (status(code) >= 500) cause = failure.what;
  if (failure.marker) describe_marker(*failure.marker);
  if (failure.fault == object::Fault::kPreconditionFailed) {
    extra.emplace_back("Condition", failure.what);
  }
  if (failure.fault == object::Fault::kLocked) {
    message = "Access Denied because object protected by object lock.";
  }
  if (failure.fault == object::Fault::kResidency) *this = refused_by_residency(failure.what);
  if (code == ErrorCode::kServiceUnavailable) headers.set("Retry-After", "1");
}

Error refused_by_residency(const std::string& rule) {
  Error out(ErrorCode::kAccessDenied, "Access Denied by residency: " + rule + ".");
  out.cause = "residency: " + rule;
  return out;
}

// AWS: "Working with delete markers". Only of one that was asked for by its id it tells the time.
void Error::describe_marker(const object::Failure::Marker& marker) {
  headers.set("x-amz-delete-marker", "true");
  headers.set("x-amz-version-id", object::shown_version_id(marker.version_id));
  if (code != ErrorCode::kMethodNotAllowed) return;
  headers.set("Last-Modified", codec::http_date(marker.modified));
  headers.set("Allow", "DELETE");
  extra.emplace_back("ResourceType", "DeleteMarker");
}

Error::Error(const muzn::Error& error) : code(code_of(error.code)) {
  if (status(code) >= 500) cause = error.what;
  if (code == ErrorCode::kServiceUnavailable) headers.set("Retry-After", "1");
}

Error::Error(const sigv4::Refusal& refusal)
    : code(error_code(refusal.code).value_or(ErrorCode::kAccessDenied)), message(refusal.message) {
  const auto add = [this](const char* element, std::string text) {
    if (!text.empty()) extra.emplace_back(element, std::move(text));
  };
  add("Region", refusal.expected_region);
  add("AWSAccessKeyId", refusal.access_key);
  add("HeadersNotSigned", refusal.headers_not_signed);
  if (code != ErrorCode::kSignatureDoesNotMatch) return;
  add("StringToSign", refusal.string_to_sign);
  add("SignatureProvided", refusal.signature_provided);
  add("StringToSignBytes", spaced_hex(refusal.string_to_sign));
  add("CanonicalRequest", refusal.canonical_request);
  add("CanonicalRequestBytes", spaced_hex(refusal.canonical_request));
}

int status(ErrorCode code) {
  return row(code).status;
}

std::string_view name(ErrorCode code) {
  return row(code).name;
}

std::string_view default_message(ErrorCode code) {
  return row(code).message;
}

std::optional<ErrorCode> error_code(std::string_view name) {
  const auto* const found = std::ranges::find(kTable, name, &Row::name);
  if (found == kTable.end()) return std::nullopt;
  return static_cast<ErrorCode>(found - kTable.begin());
}

std::unexpected<Error> invalid_argument(std::string message, std::string_view argument,
                                        std::string_view value) {
  Error error(ErrorCode::kInvalidArgument, std::move(message));
  error.extra.emplace_back("ArgumentName", argument);
  error.extra.emplace_back("ArgumentValue", value);
  return std::unexpected<Error>(std::move(error));
}

http::Response error_response(const Error& error, std::string_view resource,
                              std::string_view request_id, std::string_view host_id, Api api) {
  http::Response response;
  response.status = status(error.code);
  for (const http::Header header : error.headers.all()) {
    response.headers.add(header.name, header.value);
  }
  // Somebody has to delete something first.
  if (error.code == ErrorCode::kQuotaExceeded) response.headers.set("Retry-After", "60");
  response.headers.set("x-amz-request-id", request_id);
  response.headers.set("x-amz-id-2", host_id);
  if (response.status == 304) return response;  // RFC 9110 section 15.4.5: never a body
  response.headers.set("Content-Type", "application/xml");
  const bool control = api == Api::kControl;
  codec::XmlWriter xml(control ? "ErrorResponse" : "Error", control ? kControlXmlns : "");
  if (control) xml.open("Error");
  xml.element("Code", name(error.code));
  xml.element("Message", error.message.empty() ? std::string(default_message(error.code))
                                               : printable(error.message));
  for (const auto& [element, text] : error.extra) xml.element(element, printable(text));
  xml.element("Resource", printable(resource));
  if (control) xml.close();
  xml.element("RequestId", request_id);
  xml.element("HostId", host_id);
  response.body = xml.finish();
  return response;
}

}  // namespace muzn::s3
