// GetBucketRequestPayment and PutBucketRequestPayment. What it means is in s3/request_payment.h.
#include "s3/request_payment.h"
#include "s3/handlers.h"

namespace muzn::s3 {

Task<Answer> get_bucket_request_payment(Context& context, Exchange& exchange) {
  CO_TRY(const auto document,
         co_await context.objects.get_document(*exchange.bucket, std::string(kRequestPaymentName)));
  co_return xml_response(document ? *document : request_payment_document(Payer::kBucketOwner));
}

Task<Answer> put_bucket_request_payment(Context& context, Exchange& exchange) {
  CO_TRY(const std::string request,
         co_await read_document(context, exchange, kRequestPaymentXmlMax, true));
  CO_TRY(const Payer payer, parse_request_payment(request));
  std::optional<std::string> document;
  if (payer == Payer::kRequester) document = request_payment_document(payer);
  CO_TRY_VOID(co_await context.objects.put_document(
      *exchange.bucket, std::string(kRequestPaymentName), std::move(document)));
  co_return http::Response{};
}

}  // namespace muzn::s3
