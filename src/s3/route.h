// From a request to an S3 operation. One table of all operations of AWS's model, the ones that are
// not built included: they answer NotImplemented, never something by accident.
#pragma once
#include <span>
#include <string_view>

#include "http/message.h"
#include "s3/op.h"

namespace muzn::s3 {

// A line of s3/ops.def:
// S3_OP(Name, METHOD, Level, "query marker", "header marker", "iam:Action", handler)
// The query marker is the sub-resource ("acl", "uploads", "list-type=2", "" for none; "a&b" needs
// both), the header marker a header that must be present ("x-amz-copy-source"). handler is nullptr
// when not built. At kAccount the query marker is the path instead, behind the API's version; its
// operations that no line has are not built.
struct Operation {
  std::string_view name;
  std::string_view method;
  Level level = Level::kService;
  std::string_view query;
  std::string_view header;
  std::string_view action;
  Handler handler = nullptr;
};

std::span<const Operation> operations();

// Pure. Virtual-host style by `domains`, else path style. Errors: InvalidURI (escapes, UTF-8, NUL,
// dot segments as bad-inputs KY* has them), KeyTooLongError, InvalidBucketName, MethodNotAllowed,
// InvalidArgument (conflicting sub-resources).
// A preflight request (OPTIONS) is no operation: bucket and key, and no judgement of the rest.
Outcome<Call> route(const http::RequestHead& head, const Settings& settings);

// A key that comes another way obeys the same rules. Pure. Errors: KeyTooLongError, InvalidURI.
Outcome<void> check_key(std::string_view key);

}  // namespace muzn::s3
