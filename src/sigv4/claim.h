// What the readers of the Authorization header and of presigned queries share.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "codec/uri.h"
#include "http/message.h"
#include "sigv4/sigv4.h"

namespace muzn::sigv4 {

using ClaimResult = std::expected<Claim, Refusal>;
using Judged = std::expected<void, Refusal>;

std::unexpected<Refusal> refuse(std::string_view code, std::string message);
// AuthorizationHeaderMalformed or AuthorizationQueryParametersError, in AWS's words for that form.
std::unexpected<Refusal> refuse_malformed(Form form, std::string_view detail);
std::unexpected<Refusal> refuse_mechanism();  // SigV2, SigV4A and other algorithms

std::unexpected<Refusal> refuse_signature(Claim claim, std::string canonical_request,
                                          std::string string_to_sign);

// The readers. Each fills everything but judges neither scope against the options nor headers.
ClaimResult parse_header_claim(const http::RequestHead& head, std::string_view authorization,
                               const Options& options);
// Whether the query may carry credentials; cheap, for the many queries that do not.
bool may_carry_credentials(std::string_view query);
// nullopt when it carries none after all.
std::expected<std::optional<Claim>, Refusal> parse_query_claim(const http::RequestHead& head,
                                                               const codec::Query& query,
                                                               const Options& options);

// "key/yyyymmdd/region/service/aws4_request" into the claim.
Judged parse_credential(std::string_view text, Claim& claim);
// "host;x-amz-date" into the claim, lower case.
Judged parse_signed_headers(std::string_view text, Claim& claim);
// The value of x-amz-content-sha256 into the claim. Streaming forms are for PUT only.
Judged parse_payload(std::string_view text, std::string_view method, Claim& claim);

// x-amz-date or Date into the claim. Errors: AccessDenied.
Judged parse_time(const http::Headers& headers, Claim& claim);

// The scope's date must be the day of `timestamp`, which is the claim's time in basic form.
Judged check_day(const Claim& claim, std::string_view timestamp);
// The region and service must be those of the options.
Judged check_scope(const Claim& claim, const Options& options);
// Host and every x-amz-* header must be signed, or a man in the middle could add one.
Judged check_headers_signed(const http::RequestHead& head, const Claim& claim);

}  // namespace muzn::sigv4
