#include "codec/date.h"
#include "crypto/digest.h"
#include "sigv4/canonical.h"
#include "sigv4/claim.h"

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

Judged check_day(const Claim& claim, std::string_view timestamp) {
  const std::string_view day = timestamp.substr(0, 8);
  if (claim.date == day) return {};
  return refuse_malformed(claim.form, "invalid credential date \"" + claim.date +
                                          "\". This date is not the same as X-Amz-Date: \"" +
                                          std::string(day) + "\".");
}

}  // namespace

std::expected<Verified, Refusal> verify(const http::RequestHead& head, Claim claim,
                                        const KeyOf& key_of, Time now, const Options& options) {
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

  refusal.code = "SignatureDoesNotMatch";
  refusal.message =
      "The request signature we calculated does not match the signature you provided. Check your "
      "key and signing method.";
  refusal.signature_provided = std::move(claim.signature);
  refusal.access_key = std::move(claim.access_key);
  return std::unexpected(std::move(refusal));
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
