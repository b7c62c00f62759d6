// Presigned queries. Source: AWS S3 API reference, "Authenticating Requests: Using Query
// Parameters".
#include <algorithm>
#include <array>
#include <charconv>

#include "codec/date.h"
#include "sigv4/canonical.h"
#include "sigv4/claim.h"
#include "sigv4/v2.h"

namespace muzn::sigv4 {
namespace {

constexpr std::int64_t kExpiresMax = 604'800;  // AWS: seven days, the life of a signing key
// Any of these makes a query a claim, so that none is ever ignored and the request taken for
// anonymous or for signed otherwise.
constexpr std::array<std::string_view, 6> kRequired = {
    "X-Amz-Algorithm", "X-Amz-Credential",    "X-Amz-Date",
    "X-Amz-Expires",   "X-Amz-SignedHeaders", "X-Amz-Signature",
};

std::unexpected<Refusal> refuse_query(std::string_view message) {
  return refuse_malformed(Form::kPresigned, message);
}

std::size_t count(const codec::Query& query, std::string_view name) {
  return static_cast<std::size_t>(
      std::count_if(query.params().begin(), query.params().end(),
                    [name](const codec::QueryParam& param) { return param.name == name; }));
}

Judged parse_expires(std::string_view text, Claim& claim) {
  const auto [stop, error] =
      std::from_chars(text.data(), text.data() + text.size(), claim.expires_seconds);
  if (error == std::errc::result_out_of_range && text.front() != '-') {
    claim.expires_seconds = kExpiresMax + 1;
  } else if (error != std::errc() || stop != text.data() + text.size()) {
    return refuse_query("X-Amz-Expires should be a number");
  }
  if (claim.expires_seconds < 0) return refuse_query("X-Amz-Expires must be non-negative");
  if (claim.expires_seconds > kExpiresMax) {
    return refuse_query(
        "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires "
        "must be less than 604800 seconds");
  }
  return {};
}

// The body's hash may be named in the query, as the SDK for JavaScript does, or in a header; two
// different answers are refused.
Judged parse_body_form(const http::RequestHead& head, const codec::Query& query, Claim& claim) {
  std::optional<std::string_view> text;
  const auto take = [&text](std::string_view value) {
    const bool same = !text || *text == value;
    text = value;
    return same;
  };
  bool agreed = true;
  for (const codec::QueryParam& param : query.params()) {
    if (http::equal_ignoring_case(param.name, "x-amz-content-sha256")) {
      agreed = take(param.value) && agreed;
    }
  }
  for (const http::Header header : head.headers.all()) {
    if (http::equal_ignoring_case(header.name, "x-amz-content-sha256")) {
      agreed = take(header.value) && agreed;
    }
  }
  if (!agreed) return refuse("InvalidArgument", "x-amz-content-sha256 may be given once.");
  return parse_payload(text.value_or(kUnsignedPayload), head.method, claim);
}

std::string_view session_token(const http::RequestHead& head, const codec::Query& query) {
  if (const auto token = query.get("X-Amz-Security-Token")) return *token;
  return head.headers.get("x-amz-security-token").value_or("");
}

}  // namespace

bool may_carry_credentials(std::string_view query) {
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view name = query.substr(0, std::min(end, query.find('=')));
    query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
    // An escaped name may be anything once decoded.
    if (name.starts_with("X-Amz-") || name == "AWSAccessKeyId" ||
        name.find('%') != std::string_view::npos) {
      return true;
    }
  }
  return false;
}

std::expected<std::optional<Claim>, Refusal> parse_query_claim(const http::RequestHead& head,
                                                               const codec::Query& query,
                                                               const Options& options) {
  const bool claimed = std::any_of(kRequired.begin(), kRequired.end(),
                                   [&query](std::string_view name) { return query.has(name); });
  if (!claimed) {
    if (!query.has("AWSAccessKeyId")) return std::nullopt;
    if (options.sigv2) return v2::parse_query(head, query);
    return refuse_mechanism();
  }
  for (const std::string_view name : kRequired) {
    if (count(query, name) != 1) {
      return refuse_query(
          "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, "
          "X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.");
    }
  }
  if (query.get("X-Amz-Algorithm") != kAlgorithm) {
    return refuse_query("X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\"");
  }
  Claim claim;
  claim.form = Form::kPresigned;
  claim.signature = *query.get("X-Amz-Signature");
  TRY_VOID(parse_credential(*query.get("X-Amz-Credential"), claim));
  const auto time = codec::parse_iso8601_basic(*query.get("X-Amz-Date"));
  if (!time) {
    return refuse_query("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"");
  }
  claim.time = *time;
  TRY_VOID(parse_signed_headers(*query.get("X-Amz-SignedHeaders"), claim));
  TRY_VOID(parse_expires(*query.get("X-Amz-Expires"), claim));
  TRY_VOID(parse_body_form(head, query, claim));
  claim.session_token = session_token(head, query);
  return claim;
}

}  // namespace muzn::sigv4
