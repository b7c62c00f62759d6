// The Authorization header. Source: AWS S3 API reference, "Authenticating Requests: Using the
// Authorization Header".
#include "codec/date.h"
#include "sigv4/canonical.h"
#include "sigv4/claim.h"
#include "sigv4/v2.h"

namespace muzn::sigv4 {
namespace {

struct Components {
  std::optional<std::string_view> credential;
  std::optional<std::string_view> signed_headers;
  std::optional<std::string_view> signature;
};

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::expected<Components, Refusal> parse_components(std::string_view text) {
  Components out;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    const std::string_view part = trim(text.substr(0, comma));
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
    const std::size_t equals = part.find('=');
    const std::string_view name = part.substr(0, equals);
    std::optional<std::string_view>* slot = nullptr;
    if (name == "Credential") slot = &out.credential;
    if (name == "SignedHeaders") slot = &out.signed_headers;
    if (name == "Signature") slot = &out.signature;
    if (slot == nullptr || slot->has_value() || equals == std::string_view::npos) {
      return refuse_malformed(Form::kHeader, "the component \"" + std::string(part) +
                                                 "\" is unexpected or mal-formed.");
    }
    *slot = part.substr(equals + 1);
  }
  if (!out.credential || !out.signed_headers || !out.signature) {
    return refuse_malformed(Form::kHeader,
                            "the authorization header requires three components: Credential, "
                            "SignedHeaders, and Signature.");
  }
  return out;
}

// The text after the algorithm. Other mechanisms are refused as AWS does.
std::expected<std::string_view, Refusal> parse_algorithm(std::string_view authorization) {
  const std::size_t space = authorization.find(' ');
  if (space == std::string_view::npos) {
    return refuse("InvalidArgument",
                  "Authorization header is invalid -- one and only one ' ' (space) required");
  }
  const std::string_view algorithm = authorization.substr(0, space);
  if (algorithm == kAlgorithm) return trim(authorization.substr(space + 1));
  if (algorithm.starts_with("AWS")) return refuse_mechanism();
  return refuse("InvalidArgument", "Unsupported Authorization Type");
}

// RFC 5322 writers such as botocore's say "-0000" or "+0000" where HTTP says "GMT".
Result<Time> parse_date_text(std::string_view text) {
  if (auto basic = codec::parse_iso8601_basic(text)) return basic;
  if (text.ends_with(" -0000") || text.ends_with(" +0000")) {
    return codec::parse_http_date(std::string(text.substr(0, text.size() - 5)) + "GMT");
  }
  return codec::parse_http_date(text);
}

}  // namespace

Judged parse_time(const http::Headers& headers, Claim& claim) {
  const bool amz = headers.has("x-amz-date");
  const std::string_view name = amz ? "x-amz-date" : "date";
  if (headers.count(name) == 1) {
    if (const auto time = parse_date_text(*headers.get(name))) {
      claim.time = *time;
      return {};
    }
  }
  return refuse("AccessDenied", "AWS authentication requires a valid Date or x-amz-date header");
}

namespace {

Judged parse_body_form(const http::RequestHead& head, const Options& options, Claim& claim) {
  const std::size_t count = head.headers.count("x-amz-content-sha256");
  if (count == 0 && !options.body_sha256.empty()) {
    claim.payload = Payload::kHash;
    claim.payload_text = options.body_sha256;
    return {};
  }
  if (count == 0) {
    return refuse("InvalidRequest",
                  "Missing required header for this request: x-amz-content-sha256");
  }
  if (count > 1) return refuse("InvalidArgument", "x-amz-content-sha256 may be given once.");
  return parse_payload(*head.headers.get("x-amz-content-sha256"), head.method, claim);
}

}  // namespace

ClaimResult parse_header_claim(const http::RequestHead& head, std::string_view authorization,
                               const Options& options) {
  if (options.sigv2 && authorization.starts_with(std::string(v2::kScheme) + " ")) {
    return v2::parse_header(head, authorization);
  }
  TRY(const std::string_view text, parse_algorithm(authorization));
  TRY(const Components parts, parse_components(text));
  Claim claim;
  claim.form = Form::kHeader;
  claim.signature = *parts.signature;
  TRY_VOID(parse_credential(*parts.credential, claim));
  TRY_VOID(parse_signed_headers(*parts.signed_headers, claim));
  TRY_VOID(parse_time(head.headers, claim));
  TRY_VOID(parse_body_form(head, options, claim));
  claim.session_token = head.headers.get("x-amz-security-token").value_or("");
  return claim;
}

}  // namespace muzn::sigv4
