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

enum class Form : std::uint8_t { kHeader, kPresigned, kPost };
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
  bool v2 = false;  // Signature Version 2: no scope, and nothing of the body is signed
};

struct Options {
  std::string region;               // the only one accepted
  std::string service = "s3";       // the only one accepted
  std::int64_t skew_seconds = 900;  // AWS: 15 minutes
  // Host to verify with instead of the received one, for a reverse proxy that rewrites Host; tried
  // second. Several are allowed. "" none.
  std::vector<std::string> external_hosts;
  bool sigv2 = false;  // Signature Version 2 is taken, too
  // The bucket that a host names, "" when none: SigV2 signs it as if it were in the path.
  std::function<std::string(std::string_view host)> bucket_of_host = nullptr;
  // Hex SHA-256 of the body, which is signed where x-amz-content-sha256 is missing: clients of
  // other services than S3 leave it out. "" = it must be there.
  std::string body_sha256 = {};
};

// nullopt: the request carries no credentials at all (anonymous). Judges grammar only; errors are
// AWS's (InvalidArgument, AuthorizationHeaderMalformed, AuthorizationQueryParametersError,
// InvalidRequest for SigV2 forms unless the options take them, AccessDenied for missing dates or
// unsigned x-amz-* headers).
std::expected<std::optional<Claim>, Refusal> parse_claim(const http::RequestHead& head,
                                                         const Options& options);
// The same with the query of `head` as parsed already.
std::expected<std::optional<Claim>, Refusal> parse_claim(const http::RequestHead& head,
                                                         const codec::Query& query,
                                                         const Options& options);

// The same of a browser's form (POST Object): `fields` are those before the file. nullopt: it has
// neither a policy nor anything of a signature. Errors: InvalidArgument (a field is missing or
// malformed), InvalidRequest.
std::expected<std::optional<Claim>, Refusal> parse_post_claim(const http::Headers& fields,
                                                              const Options& options);

// Whether Signature Version 2 signs this parameter of a query.
bool v2_signs(std::string_view parameter);

class Verified;
// Gives the claim's signing key: derive_signing_key(), with SigV2 the secret. Asked once all but
// the signature holds.
using KeyOf = std::function<std::string(const Claim&)>;

// Proof that `claim` was made by the holder of a secret. Made only by verify() and verify_post().
class Verified {
 public:
  const Claim& claim() const { return claim_; }
  // For chunk signatures; "" with SigV2, which has none.
  std::string_view signing_key() const { return signing_key_; }

 private:
  friend std::expected<Verified, Refusal> verify(const http::RequestHead&, Claim, const KeyOf&,
                                                 Time, const Options&);
  friend std::expected<Verified, Refusal> verify_v2(const http::RequestHead&, Claim, const KeyOf&,
                                                    Time, const Options&);
  friend std::expected<Verified, Refusal> verify_post(std::string_view, Claim, const KeyOf&,
                                                      const Options&);
  Verified(Claim claim, std::string key) : claim_(std::move(claim)), signing_key_(std::move(key)) {}
  Claim claim_;
  std::string signing_key_;
};

// Checks scope, time window (skew, expiry, at most seven days) and the signature in constant time.
// Refusals: RequestTimeTooSkewed, AccessDenied (expired, not yet valid), SignatureDoesNotMatch,
// AuthorizationHeaderMalformed / AuthorizationQueryParametersError (region, service, date).
std::expected<Verified, Refusal> verify(const http::RequestHead& head, Claim claim,
                                        const KeyOf& key_of, Time now, const Options& options);
std::expected<Verified, Refusal> verify(const http::RequestHead& head, Claim claim,
                                        std::string_view secret, Time now, const Options& options);
// The signature of a form is over its `policy`, as sent; that bounds the time, not the claim.
// Refusals: SignatureDoesNotMatch, InvalidArgument (region, service, date).
std::expected<Verified, Refusal> verify_post(std::string_view policy, Claim claim,
                                             const KeyOf& key_of, const Options& options);

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
