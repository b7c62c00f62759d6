// GetBucketLogging, PutBucketLogging. Who does not ask for strict gets what AWS has.
#include "base/limits.h"
#include "s3/handlers.h"
#include "s3/logging.h"
#include "s3/logging_xml.h"

namespace muzn::s3 {
namespace {

constexpr std::string_view kModeHeader = "x-muzn-logging-mode";
constexpr std::string_view kStrict = "strict";
constexpr std::string_view kStandard = "standard";

Outcome<bool> parse_strict(const http::Headers& headers) {
  const auto mode = headers.get(kModeHeader);
  if (!mode || *mode == kStandard) return false;
  if (*mode == kStrict) return true;
  return invalid_argument("", kModeHeader, *mode);
}

}  // namespace

Task<Answer> get_bucket_logging(Context& context, Exchange& exchange) {
  std::optional<audit::AccessTarget> target;
  if (!exchange.bucket->logging.empty()) {
    CO_TRY(target, audit::decode_access_target(exchange.bucket->logging));
  }
  http::Response response = xml_response(logging_document(target, *context.gate.state()));
  if (target && target->strict) response.headers.set(kModeHeader, kStrict);
  co_return response;
}

Task<Answer> put_bucket_logging(Context& context, Exchange& exchange) {
  const object::Bucket& bucket = *exchange.bucket;
  CO_TRY(const bool strict, parse_strict(exchange.request.head.headers));
  CO_TRY(const std::string document,
         co_await read_document(context, exchange, limits::kXmlBodyBytes, true));
  CO_TRY(auto target, parse_logging(document, *context.gate.state()));
  object::AmendBucket amend{
      .name = bucket.name, .id = bucket.id, .ownership = {}, .acl = {}, .logging = ""};
  if (target) {
    target->strict = strict;
    CO_TRY_VOID(co_await check_log_target(context, bucket, *target));
    amend.logging = audit::encode(*target);
  }
  CO_TRY_VOID(co_await context.objects.amend_bucket(std::move(amend)));
  co_return http::Response{};
}

}  // namespace muzn::s3
