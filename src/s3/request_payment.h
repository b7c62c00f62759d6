// Requester Pays: on such a bucket others than its owner must say that they know whom requests are
// charged to. Source: AWS S3 user guide, "Using Requester Pays general purpose buckets".
#pragma once
#include <string>
#include <string_view>

#include "gate/gate.h"
#include "s3/op.h"

namespace muzn::s3 {

inline constexpr std::size_t kRequestPaymentXmlMax = 4096;
inline constexpr std::string_view kRequestPaymentName = "request-payment";  // only while they pay

enum class Payer : std::uint8_t { kBucketOwner, kRequester };

// Pure. Errors: MalformedXML.
Outcome<Payer> parse_request_payment(std::string_view document);
std::string request_payment_document(Payer payer);

// Whether the request is charged to who sent it; the owner's own never are, and cost no look at the
// bucket's rules. Errors: AccessDenied (anonymous, or without x-amz-request-payer: requester).
Task<Outcome<bool>> check_payer(Context& context, const http::Headers& headers,
                                const gate::Principal& who, const object::Bucket& bucket);

}  // namespace muzn::s3
