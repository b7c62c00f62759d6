// CORS on the wire: answers to preflight requests, and the headers that let a page read an answer.
// Source: AWS "Using cross-origin resource sharing (CORS)".
#pragma once
#include "http/message.h"
#include "s3/op.h"

namespace muzn::s3 {

inline constexpr std::string_view kPreflight = "Preflight";  // as an operation, in records

// OPTIONS: what the bucket's rules say; nobody needs credentials to ask. `call` has bucket and key.
// Errors: BadRequest (no Origin, no method to ask for), AccessForbidden.
Task<Answer> preflight(Context& context, const http::RequestHead& head, const Call& call);

// Adds to any answer about a bucket, errors too, what its rules allow the request's Origin. Without
// an Origin nothing is looked up.
Task<void> allow_origin(Context& context, const http::RequestHead& head, std::string_view bucket,
                        http::Response& response);

}  // namespace muzn::s3
