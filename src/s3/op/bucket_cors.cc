// GetBucketCors, PutBucketCors, DeleteBucketCors. What the rules do is in s3/preflight.h.
#include "s3/cors.h"
#include "s3/handlers.h"

namespace muzn::s3 {

Task<Answer> get_bucket_cors(Context& context, Exchange& exchange) {
  CO_TRY(auto document,
         co_await context.objects.get_document(*exchange.bucket, std::string(kCorsName)));
  if (document) co_return xml_response(std::move(*document));
  Error error(ErrorCode::kNoSuchCORSConfiguration);
  error.extra.emplace_back("BucketName", exchange.call.bucket);
  co_return std::unexpected(std::move(error));
}

Task<Answer> put_bucket_cors(Context& context, Exchange& exchange) {
  CO_TRY(const std::string request, co_await read_document(context, exchange, kCorsXmlMax, true));
  CO_TRY(const auto rules, parse_cors(request));
  CO_TRY_VOID(co_await context.objects.put_document(*exchange.bucket, std::string(kCorsName),
                                                    cors_document(rules)));
  co_return http::Response{};
}

Task<Answer> delete_bucket_cors(Context& context, Exchange& exchange) {
  CO_TRY_VOID(co_await context.objects.put_document(*exchange.bucket, std::string(kCorsName),
                                                    std::nullopt));
  co_return no_content();
}

}  // namespace muzn::s3
