// GetBucketLifecycleConfiguration, PutBucketLifecycleConfiguration, DeleteBucketLifecycle. What the
// rules do is in object/lifecycle_pass.h.
#include "codec/base64.h"
#include "s3/handlers.h"
#include "s3/lifecycle_xml.h"

namespace muzn::s3 {
namespace {

constexpr std::string_view kMinimumHeader = "x-amz-transition-default-minimum-object-size";
constexpr std::size_t kIdBytes = 16;

}  // namespace

Task<Answer> get_bucket_lifecycle_configuration(Context& context, Exchange& exchange) {
  CO_TRY(const auto stored, co_await context.objects.get_document(
                                *exchange.bucket, std::string(object::kLifecycleName)));
  if (!stored) {
    Error error(ErrorCode::kNoSuchLifecycleConfiguration);
    error.extra.emplace_back("BucketName", exchange.call.bucket);
    co_return std::unexpected(std::move(error));
  }
  CO_TRY(const Lifecycle lifecycle, decode_lifecycle(*stored));
  http::Response response = xml_response(lifecycle_document(lifecycle.rules));
  response.headers.set(kMinimumHeader, name(lifecycle.transition_minimum));
  co_return response;
}

Task<Answer> put_bucket_lifecycle_configuration(Context& context, Exchange& exchange) {
  Lifecycle lifecycle;
  CO_TRY(lifecycle.transition_minimum,
         parse_transition_minimum(header(exchange.request, kMinimumHeader)));
  CO_TRY(const std::string request,
         co_await read_document(context, exchange, kLifecycleXmlMax, true));
  CO_TRY(lifecycle.rules, parse_lifecycle(request));
  for (object::LifecycleRule& rule : lifecycle.rules) {
    if (rule.id.empty()) rule.id = codec::hex_encode(context.rng.bytes(kIdBytes));
  }
  CO_TRY_VOID(co_await context.objects.put_document(
      *exchange.bucket, std::string(object::kLifecycleName), encode_lifecycle(lifecycle)));
  http::Response response;
  response.headers.set(kMinimumHeader, name(lifecycle.transition_minimum));
  co_return response;
}

Task<Answer> delete_bucket_lifecycle(Context& context, Exchange& exchange) {
  CO_TRY_VOID(co_await context.objects.put_document(
      *exchange.bucket, std::string(object::kLifecycleName), std::nullopt));
  co_return no_content();
}

}  // namespace muzn::s3
