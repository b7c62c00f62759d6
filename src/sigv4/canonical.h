// The canonical forms that SigV4 signs. Source: AWS S3 API reference, "Create a canonical request".
//
// S3 encodes paths and queries once: each is read as bytes (percent escapes decoded) and encoded
// again, so that "a+b" and "%2b" on the wire match a client that signed "%2B". An escaped slash of
// a path stays "%2F", since it is not the slash that separates.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"
#include "sigv4/sigv4.h"

namespace muzn::sigv4 {

inline constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
inline constexpr std::string_view kTerminator = "aws4_request";
inline constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";

void append_canonical_path(std::string& out, std::string_view raw);
// Sorted by encoded name, then value; duplicates stay. A '+' is a space, as codec::Query reads it.
// `omit_signature` leaves X-Amz-Signature out.
void append_canonical_query(std::string& out, std::string_view raw, bool omit_signature);
// Lower-case copy of ASCII.
std::string lower(std::string_view text);

struct Canonical {
  std::string text;
  bool complete = true;  // false: a header was listed as signed that the request does not have
};
// `host` is signed as the value of Host.
Canonical canonical_request(const http::RequestHead& head,
                            const std::vector<std::string>& signed_headers, std::string_view host,
                            std::string_view payload_text, Form form);

// "yyyymmdd/region/service/aws4_request"
std::string credential_scope(std::string_view date, std::string_view region,
                             std::string_view service);
std::string string_to_sign(std::string_view timestamp, std::string_view scope,
                           std::string_view canonical_text);
// 64 lower-case hex digits.
std::string signature_of(std::string_view signing_key, std::string_view text);

}  // namespace muzn::sigv4
