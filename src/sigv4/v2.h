// Signature Version 2, for devices that know no other; off unless the options ask for it. HMAC-SHA1
// over the request's line, its Content-MD5, type and date, x-amz-* headers and resource; other
// parameters of the query, and the body, are not signed. Internal to sigv4/.
// Source: AWS S3 user guide, "Signing and authenticating REST requests".
#pragma once
#include <string>
#include <string_view>

#include "sigv4/claim.h"

namespace muzn::sigv4::v2 {

inline constexpr std::string_view kScheme = "AWS";

// "AWS key:signature". Errors: InvalidArgument, AccessDenied (no valid date).
ClaimResult parse_header(const http::RequestHead& head, std::string_view authorization);
// AWSAccessKeyId, Expires and Signature. REQUIRES the first. Errors: AccessDenied.
ClaimResult parse_query(const http::RequestHead& head, const codec::Query& query);

// `path` has the bucket, as sent: also when it is the host that names it.
std::string string_to_sign(const http::RequestHead& head, const Claim& claim,
                           std::string_view path);
// Base64.
std::string signature_of(std::string_view secret, std::string_view text);

std::expected<void, Refusal> check_time(const Claim& claim, Time now, const Options& options);

}  // namespace muzn::sigv4::v2
