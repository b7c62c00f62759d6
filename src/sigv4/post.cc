// Browser uploads: the signature of a form is over its policy. Source: AWS S3 API reference,
// "Authenticating requests in browser-based uploads using POST".
#include <array>

#include "codec/date.h"
#include "crypto/digest.h"
#include "sigv4/canonical.h"
#include "sigv4/claim.h"
#include "sigv4/v2.h"

namespace muzn::sigv4 {
namespace {

constexpr std::string_view kPolicy = "policy";
constexpr std::array<std::string_view, 4> kRequired = {"x-amz-algorithm", "x-amz-credential",
                                                       "x-amz-date", "x-amz-signature"};
constexpr std::array<std::string_view, 2> kRequiredV2 = {"AWSAccessKeyId", "signature"};

std::unexpected<Refusal> refuse_missing(std::string_view name) {
  return refuse("InvalidArgument", "Bucket POST must contain a field named '" + std::string(name) +
                                       "'.  If it is specified, please check the order of the "
                                       "fields.");
}

bool has_any(const http::Headers& fields, const auto& names) {
  for (const std::string_view name : names) {
    if (fields.has(name)) return true;
  }
  return false;
}

Judged check_all(const http::Headers& fields, const auto& names) {
  for (const std::string_view name : names) {
    if (!fields.has(name)) return refuse_missing(name);
  }
  return {};
}

ClaimResult parse_v4(const http::Headers& fields) {
  TRY_VOID(check_all(fields, kRequired));
  if (fields.get("x-amz-algorithm") != kAlgorithm) {
    return refuse("InvalidArgument", "X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\"");
  }
  Claim claim;
  claim.form = Form::kPost;
  claim.signature = *fields.get("x-amz-signature");
  TRY_VOID(parse_credential(*fields.get("x-amz-credential"), claim));
  const auto time = codec::parse_iso8601_basic(*fields.get("x-amz-date"));
  if (!time) {
    return refuse("InvalidArgument",
                  "X-Amz-Date must be formated via ISO8601 Long format \"yyyyMMdd'T'HHmmss'Z'\"");
  }
  claim.time = *time;
  return claim;
}

ClaimResult parse_v2(const http::Headers& fields, const Options& options) {
  if (!options.sigv2) return refuse_mechanism();
  TRY_VOID(check_all(fields, kRequiredV2));
  Claim claim;
  claim.form = Form::kPost;
  claim.v2 = true;
  claim.access_key = *fields.get("AWSAccessKeyId");
  claim.signature = *fields.get("signature");
  return claim;
}

}  // namespace

std::expected<std::optional<Claim>, Refusal> parse_post_claim(const http::Headers& fields,
                                                              const Options& options) {
  const bool v4 = has_any(fields, kRequired);
  const bool v2 = has_any(fields, kRequiredV2);
  if (!v4 && !v2) {
    if (!fields.has(kPolicy)) return std::nullopt;
    return refuse_missing(options.sigv2 ? kRequiredV2.front() : kRequired.back());
  }
  if (v4 && v2) return refuse("InvalidArgument", "Only one auth mechanism allowed.");
  TRY(Claim claim, v2 ? parse_v2(fields, options) : parse_v4(fields));
  if (!fields.has(kPolicy)) return refuse_missing(kPolicy);
  claim.payload = Payload::kUnsigned;
  claim.payload_text = kUnsignedPayload;
  claim.session_token = fields.get("x-amz-security-token").value_or("");
  return claim;
}

std::expected<Verified, Refusal> verify_post(std::string_view policy, Claim claim,
                                             const KeyOf& key_of, const Options& options) {
  std::string key;
  std::string expected;
  if (claim.v2) {
    expected = v2::signature_of(key_of(claim), policy);
  } else {
    TRY_VOID(check_scope(claim, options));
    TRY_VOID(check_day(claim, codec::iso8601_basic(claim.time)));
    key = key_of(claim);
    expected = signature_of(key, policy);
  }
  if (crypto::equal_constant_time(expected, claim.signature)) {
    return Verified(std::move(claim), std::move(key));
  }
  return refuse_signature(std::move(claim), "", std::string(policy));
}

}  // namespace muzn::sigv4
