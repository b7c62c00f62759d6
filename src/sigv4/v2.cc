#include "sigv4/v2.h"

#include <algorithm>
#include <array>
#include <map>

#include "codec/base64.h"
#include "codec/date.h"
#include "crypto/digest.h"
#include "http/grammar.h"
#include "sigv4/canonical.h"

namespace muzn::sigv4 {
namespace {

// Sorted. Sub-resources, and what the query may replace in an answer.
constexpr auto kSignedParameters = std::to_array<std::string_view>({"accelerate",
                                                                    "acl",
                                                                    "analytics",
                                                                    "cors",
                                                                    "defaultObjectAcl",
                                                                    "delete",
                                                                    "encryption",
                                                                    "inventory",
                                                                    "lifecycle",
                                                                    "location",
                                                                    "logging",
                                                                    "metrics",
                                                                    "notification",
                                                                    "object-lock",
                                                                    "partNumber",
                                                                    "policy",
                                                                    "policyStatus",
                                                                    "publicAccessBlock",
                                                                    "replication",
                                                                    "requestPayment",
                                                                    "response-cache-control",
                                                                    "response-content-disposition",
                                                                    "response-content-encoding",
                                                                    "response-content-language",
                                                                    "response-content-type",
                                                                    "response-expires",
                                                                    "restore",
                                                                    "select",
                                                                    "select-type",
                                                                    "storageClass",
                                                                    "tagging",
                                                                    "torrent",
                                                                    "uploadId",
                                                                    "uploads",
                                                                    "versionId",
                                                                    "versioning",
                                                                    "versions",
                                                                    "website"});

}  // namespace

bool v2_signs(std::string_view parameter) {
  return std::ranges::binary_search(kSignedParameters, parameter);
}

}  // namespace muzn::sigv4

namespace muzn::sigv4::v2 {
namespace {

std::string_view first(const http::Headers& headers, std::string_view name) {
  return headers.get(name).value_or("");
}

std::string amz_headers(const http::Headers& headers) {
  std::map<std::string, std::string> sorted;
  for (const http::Header header : headers.all()) {
    if (!http::starts_with_ignoring_case(header.name, "x-amz-")) continue;
    std::string& value = sorted[lower(header.name)];
    if (!value.empty()) value += ',';
    value += header.value;
  }
  std::string out;
  for (const auto& [name, value] : sorted) out.append(name).append(":").append(value).append("\n");
  return out;
}

std::string resource(const http::RequestHead& head, std::string_view path) {
  std::string out(path);
  const auto query = codec::Query::parse(head.query);
  if (!query) return out;
  std::vector<codec::QueryParam> chosen;
  std::ranges::copy_if(query->params(), std::back_inserter(chosen),
                       [](const codec::QueryParam& param) { return v2_signs(param.name); });
  std::ranges::sort(chosen, {}, [](const codec::QueryParam& param) {
    return std::pair(param.name, param.value);
  });
  char separator = '?';
  for (const auto& [name, value] : chosen) {
    out += separator;
    separator = '&';
    out += name;
    if (!value.empty()) out.append("=").append(value);
  }
  return out;
}

}  // namespace

ClaimResult parse_header(const http::RequestHead& head, std::string_view authorization) {
  const std::string_view text = http::trim_ows(authorization.substr(kScheme.size()));
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0) {
    return refuse("InvalidArgument",
                  "AWS authorization header is invalid.  Expected "
                  "AwsAccessKeyId:signature");
  }
  Claim claim;
  claim.form = Form::kHeader;
  claim.v2 = true;
  claim.access_key = text.substr(0, colon);
  claim.signature = text.substr(colon + 1);
  TRY_VOID(parse_time(head.headers, claim));
  if (claim.time < from_seconds(0)) {  // as AWS has it: not skewed, but none
    return refuse("AccessDenied", "AWS authentication requires a valid Date or x-amz-date header");
  }
  claim.session_token = first(head.headers, "x-amz-security-token");
  return claim;
}

ClaimResult parse_query(const http::RequestHead& head, const codec::Query& query) {
  const auto expires = http::parse_decimal(query.get("Expires").value_or(""));
  // Seconds that a Time can't hold are as good as never.
  constexpr std::uint64_t kNever = 1ULL << 33U;
  if (!query.has("Signature") || !expires) {
    return refuse("AccessDenied",
                  "Query-string authentication requires the Signature, Expires and "
                  "AWSAccessKeyId parameters");
  }
  Claim claim;
  claim.form = Form::kPresigned;
  claim.v2 = true;
  claim.access_key = *query.get("AWSAccessKeyId");
  claim.signature = *query.get("Signature");
  claim.date = *query.get("Expires");  // as it is signed
  claim.expires_seconds = static_cast<std::int64_t>(std::min(*expires, kNever));
  const auto token = query.get("x-amz-security-token");
  claim.session_token = token ? *token : first(head.headers, "x-amz-security-token");
  return claim;
}

std::string string_to_sign(const http::RequestHead& head, const Claim& claim,
                           std::string_view path) {
  const http::Headers& headers = head.headers;
  std::string out = head.method;
  out.append("\n").append(first(headers, "content-md5"));
  out.append("\n").append(first(headers, "content-type")).append("\n");
  if (claim.form == Form::kPresigned) {
    out += claim.date;
  } else if (!headers.has("x-amz-date")) {
    out += first(headers, "date");
  }
  out.append("\n").append(amz_headers(headers)).append(resource(head, path));
  return out;
}

std::string signature_of(std::string_view secret, std::string_view text) {
  return codec::base64_encode(crypto::hmac_sha1(secret, text));
}

std::expected<void, Refusal> check_time(const Claim& claim, Time now, const Options& options) {
  if (claim.form == Form::kPresigned) {
    if (now < from_seconds(claim.expires_seconds)) return {};
    return refuse("AccessDenied", "Request has expired");
  }
  const std::chrono::seconds skew{options.skew_seconds};
  if (claim.time <= now + skew && claim.time >= now - skew) return {};
  return refuse("RequestTimeTooSkewed",
                "The difference between the request time and the current time is too large.");
}

}  // namespace muzn::sigv4::v2
