#include "codec/date.h"
#include "crypto/digest.h"
#include "sigv4/canonical.h"
#include "sigv4/claim.h"
#include "sigv4/v2.h"

namespace muzn::sigv4 {
namespace {

Judged check_time(const Claim& claim, Time now, const Options& options) {
  const std::chrono::seconds skew{options.skew_seconds};
  if (claim.form == Form::kHeader) {
    if (claim.time > now + skew || claim.time < now - skew) {
      return refuse("RequestTimeTooSkewed",
                    "The difference between the request time and the current time is too large.");
    }
    return {};
  }
  if (claim.time > now + skew) return refuse("AccessDenied", "Request is not yet valid");
  // Zero seconds are over at once, even for a client whose clock is ahead.
  if (claim.expires_seconds <= 0 ||
      now >= claim.time + std::chrono::seconds{claim.expires_seconds}) {
    return refuse("AccessDenied", "Request has expired");
  }
  return {};
}

}  // namespace

Judged check_day(const Claim& claim, std::string_view timestamp) {
  const std::string_view day = timestamp.substr(0, 8);
  if (claim.date == day) return {};
  return refuse_malformed(claim.form, "invalid credential date \"" + claim.date +
                                          "\". This date is not the same as X-Amz-Date: \"" +
                                          std::string(day) + "\".");
}

std::expected<Verified, Refusal> verify_v2(const http::RequestHead& head, Claim claim,
                                           const KeyOf& key_of, Time now, const Options& options) {
  TRY_VOID(v2::check_time(claim, now, options));
  const std::string bucket = options.bucket_of_host ? options.bucket_of_host(head.host) : "";
  const std::string path = bucket.empty() ? head.path : "/" + bucket + head.path;
  const std::string secret = key_of(claim);
  const auto matches = [&](std::string_view signed_path) {
    return crypto::equal_constant_time(
        v2::signature_of(secret, v2::string_to_sign(head, claim, signed_path)), claim.signature);
  };
  // Some sign a bucket alone with a slash behind it that they do not send.
  const bool alone = path.size() > 1 && path.find('/', 1) == std::string::npos;
  if (!matches(path) && !(alone && matches(path + "/"))) {
    std::string text = v2::string_to_sign(head, claim, path);
    return refuse_signature(std::move(claim), "", std::move(text));
  }
  claim.payload = Payload::kUnsigned;
  claim.payload_text = kUnsignedPayload;
  return Verified(std::move(claim), "");
}

std::expected<Verified, Refusal> verify(const http::RequestHead& head, Claim claim,
                                        const KeyOf& key_of, Time now, const Options& options) {
  if (claim.v2) return verify_v2(head, std::move(claim), key_of, now, options);
  TRY_VOID(check_scope(claim, options));
  TRY_VOID(check_headers_signed(head, claim));
  TRY_VOID(check_time(claim, now, options));
  const std::string timestamp = codec::iso8601_basic(claim.time);
  TRY_VOID(check_day(claim, timestamp));

  const std::string scope = credential_scope(claim.date, claim.region, claim.service);
  std::string key = key_of(claim);
  Refusal refusal;  // shows the first attempt, with the host as received
  const auto matches = [&](std::string_view host) {
    Canonical canonical =
        canonical_request(head, claim.signed_headers, host, claim.payload_text, claim.form);
    std::string text = string_to_sign(timestamp, scope, canonical.text);
    const bool equal = crypto::equal_constant_time(signature_of(key, text), claim.signature);
    if (refusal.canonical_request.empty()) {
      refusal.canonical_request = std::move(canonical.text);
      refusal.string_to_sign = std::move(text);
    }
    return equal && canonical.complete;
  };
  bool proved = matches(head.host);
  for (const std::string& host : options.external_hosts) {
    if (proved) break;
    proved = !host.empty() && matches(host);
  }
  if (proved) return Verified(std::move(claim), std::move(key));

  return refuse_signature(std::move(claim), std::move(refusal.canonical_request),
                          std::move(refusal.string_to_sign));
}

std::expected<Verified, Refusal> verify(const http::RequestHead& head, Claim claim,
                                        std::string_view secret, Time now, const Options& options) {
  return verify(
      head, std::move(claim),
      [secret](const Claim& claimed) {
        return derive_signing_key(secret, claimed.date, claimed.region, claimed.service);
      },
      now, options);
}

}  // namespace muzn::sigv4
