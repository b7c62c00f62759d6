// Cross-origin resource sharing: a bucket's rules, and which of them a request meets. Pure.
// Sources: AWS "Using cross-origin resource sharing (CORS)", "Elements of a CORS configuration",
// PutBucketCors, S3 API reference; WHATWG Fetch, "CORS protocol".
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"
#include "s3/error.h"

namespace muzn::s3 {

inline constexpr std::size_t kCorsRulesMax = 100;
inline constexpr std::size_t kCorsXmlMax = 64U << 10;  // AWS: 64 KB
inline constexpr std::size_t kCorsIdChars = 255;
inline constexpr std::string_view kCorsName = "cors";  // of the bucket's document

struct CorsRule {
  std::string id;  // "" = none
  std::vector<std::string> methods;
  std::vector<std::string> origins;  // each with at most one '*'
  std::vector<std::string> headers;  // the same
  std::vector<std::string> exposed;
  std::optional<std::uint32_t> max_age_seconds;
  bool operator==(const CorsRule&) const = default;
};

// Errors: MalformedXML; InvalidRequest (over kCorsRulesMax, an unknown method, two wildcards, a
// wildcard among the exposed headers, an id that is too long).
Outcome<std::vector<CorsRule>> parse_cors(std::string_view document);
std::string cors_document(const std::vector<CorsRule>& rules);

// What a browser asks, or tells of the request that it sends.
struct CorsQuestion {
  std::string_view origin;
  std::string_view method;
  std::vector<std::string_view> headers;  // of a preflight; empty otherwise
};
// The first rule that allows all of it; nullptr when none does.
const CorsRule* find_cors_rule(const std::vector<CorsRule>& rules, const CorsQuestion& question);

// The Access-Control-* headers by which the rule allows it. REQUIRES that it does. Credentials are
// never allowed to every origin.
void add_cors_headers(http::Headers& headers, const CorsRule& rule, const CorsQuestion& question);

// What the answer of a bucket with rules hangs on, for caches.
inline constexpr std::string_view kCorsVary =
    "Origin, Access-Control-Request-Headers, Access-Control-Request-Method";

// GET, PUT, POST, DELETE, HEAD.
bool is_cors_method(std::string_view method);

}  // namespace muzn::s3
