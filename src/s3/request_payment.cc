#include "s3/request_payment.h"

#include "codec/xml.h"

namespace muzn::s3 {
namespace {

constexpr std::string_view kRequester = "Requester";
constexpr std::string_view kBucketOwner = "BucketOwner";

}  // namespace

Outcome<Payer> parse_request_payment(std::string_view document) {
  const auto root = codec::parse_xml(document);
  if (!root || root->name != "RequestPaymentConfiguration" || root->children.size() != 1) {
    return refuse(ErrorCode::kMalformedXML);
  }
  const std::string_view payer = root->child_text("Payer");
  if (payer == kRequester) return Payer::kRequester;
  if (payer == kBucketOwner) return Payer::kBucketOwner;
  return refuse(ErrorCode::kMalformedXML);
}

std::string request_payment_document(Payer payer) {
  codec::XmlWriter xml("RequestPaymentConfiguration", kXmlns);
  xml.element("Payer", payer == Payer::kRequester ? kRequester : kBucketOwner);
  return xml.finish();
}

Task<Outcome<bool>> check_payer(Context& context, const http::Headers& headers,
                                const gate::Principal& who, const object::Bucket& bucket) {
  if (who.account == bucket.owner) co_return false;
  CO_TRY(const auto document,
         co_await context.objects.get_document(bucket, std::string(kRequestPaymentName)));
  if (!document) co_return false;
  const bool agreed =
      http::equal_ignoring_case(headers.get("x-amz-request-payer").value_or(""), "requester");
  if (who.account.empty() || !agreed) co_return refuse(ErrorCode::kAccessDenied);
  co_return true;
}

}  // namespace muzn::s3
