// AWS Signature Version 4, both directions. Pure: the caller gives the request, the secret, the
// time. Sources: AWS "Authenticating Requests (AWS Signature Version 4)" of the S3 API reference;
// "Signature calculations for the authorization header: transferring payload in multiple chunks".
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "codec/uri.h"
#include "http/message.h"

namespace muzn::sigv4 {

// A refusal in AWS's words; the status follows from the code in s3/error.
struct Refusal {
  std::string code;     // "SignatureDoesNotMatch", "AuthorizationHeaderMalformed", ...
  std::string message;  // for people
  // With SignatureDoesNotMatch: what we computed, which AWS's answer shows too.
  std::string canonical_request;
  std::string string_to_sign;
  std::string signature_provided;
  std::string access_key;
  std::string expected_region;     // with a wrong region
  std::string headers_not_signed;  // with AccessDenied for unsigned headers: "a, b"
};

enum class Form : std::uint8_t { kHeader, kPresigned };
enum class Payload : std::uint8_t {
  kHash,                      // hex SHA-256 of the body
  kUnsigned,                  // UNSIGNED-PAYLOAD
  kStreamingSigned,           // STREAMING-AWS4-HMAC-SHA256-PAYLOAD
  kStreamingSignedTrailer,    // STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER
  kStreamingUnsignedTrailer,  // STREAMING-UNSIGNED-PAYLOAD-TRAILER
};

// What a request claims about who signed it. Not proved until verify().
struct Claim {
  Form form = Form::kHeader;
  std::string access_key;
  std::string date;  // yyyymmdd of the scope
  std::string region;
  std::string service;
  std::vector<std::string> signed_headers;  // lower case, as listed
  std::string signature;                    // as sent
  Time time;                                // X-Amz-Date or Date
  std::int64_t expires_seconds = 0;         // presigned only
  Payload payload = Payload::kHash;
  std::string payload_text;  // value of x-amz-content-sha256, or UNSIGNED-PAYLOAD when presigned
  std::string session_token;
};

struct Options {
  std::string region;               // the only one accepted
  std::string service = "s3";       // the only one accepted
  std::int64_t skew_seconds = 900;  // AWS: 15 minutes
  // Host to verify with instead of the received one, for a reverse proxy that rewrites Host; tried
  // second. Several are allowed. "" none.
  std::vector<std::string> external_hosts;
};

// nullopt: the request carries no credentials at all (anonymous). Judges grammar only; errors are
// AWS's (InvalidArgument, AuthorizationHeaderMalformed, AuthorizationQueryParametersError,
// InvalidRequest for SigV2 forms, AccessDenied for missing dates or unsigned x-amz-* headers).
std::expected<std::optional<Claim>, Refusal> parse_claim(const http::RequestHead& head,
                                                         const Options& options);
// The same with the query of `head` as parsed already.
std::expected<std::optional<Claim>, Refusal> parse_claim(const http::RequestHead& head,
                                                         const codec::Query& query,
                                                         const Options& options);

// Proof that `claim` was made by the holder of a secret. Made only by verify().
class Verified {
 public:
  const Claim& claim() const { return claim_; }
  std::string_view signing_key() const { return signing_key_; }  // for chunk signatures

 private:
  friend std::expected<Verified, Refusal> verify(const http::RequestHead&, Claim,
                                                 const std::function<std::string(const Claim&)>&,
                                                 Time, const Options&);
  Verified(Claim claim, std::string key) : claim_(std::move(claim)), signing_key_(std::move(key)) {}
  Claim claim_;
  std::string signing_key_;
};

// Checks scope, time window (skew, expiry, at most seven days) and the signature in constant time.
// Refusals: RequestTimeTooSkewed, AccessDenied (expired, not yet valid), SignatureDoesNotMatch,
// AuthorizationHeaderMalformed / AuthorizationQueryParametersError (region, service, date).
// `key_of` gives the claim's signing key (derive_signing_key()), and is asked once all but the
// signature holds.
using KeyOf = std::function<std::string(const Claim&)>;
std::expected<Verified, Refusal> verify(const http::RequestHead& head, Claim claim,
                                        const KeyOf& key_of, Time now, const Options& options);
std::expected<Verified, Refusal> verify(const http::RequestHead& head, Claim claim,
                                        std::string_view secret, Time now, const Options& options);

// --- signing, for the command line, presigned URLs and tests ---
struct Key {
  std::string access_key;
  std::string secret_key;
  std::string session_token;
};
// Adds X-Amz-Date, x-amz-content-sha256 and Authorization (signs all headers present). `path` and
// `query` of the head are raw; `payload_text` is the hex SHA-256 or a literal such as
// UNSIGNED-PAYLOAD. `uri_path_encoded` S3 rule: the path is signed as sent, never encoded twice.
void sign(http::RequestHead& head, std::string_view payload_text, const Key& key,
          std::string_view region, std::string_view service, Time now);
// The query string (without '?') of a presigned URL.
std::string presign(std::string_view method, std::string_view host, std::string_view raw_path,
                    std::string_view raw_query, const Key& key, std::string_view region,
                    std::int64_t expires_seconds, Time now);

std::string derive_signing_key(std::string_view secret, std::string_view date,
                               std::string_view region, std::string_view service);

}  // namespace muzn::sigv4
