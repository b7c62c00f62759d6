// Get and Put of ObjectLockConfiguration, ObjectRetention and ObjectLegalHold.
#include "base/limits.h"
#include "s3/access.h"
#include "s3/handlers.h"
#include "s3/lock.h"
#include "s3/lock_headers.h"
#include "s3/lock_xml.h"
#include "s3/object_headers.h"

namespace muzn::s3 {
namespace {

// The default rule is control state, as whoever could take it away would leave new versions open.
Task<Outcome<void>> propose_default(Context& context, const Exchange& exchange,
                                    std::optional<object::DefaultRetention> rule) {
  const control::BucketRef bucket = bucket_ref(*exchange.bucket);
  if (!rule && !default_retention(context, *exchange.bucket)) {
    co_return Outcome<void>{};
  }
  control::ActBody act = control::DeleteLockDefault{bucket};
  if (rule) act = control::PutLockDefault{bucket, to_act(*rule)};
  co_return co_await propose(context, exchange, std::move(act));
}

Task<Outcome<object::Lock>> read_lock(Context& context, Exchange& exchange) {
  CO_TRY_VOID(check_lockable(*exchange.bucket));
  CO_TRY(const auto opened, co_await open_judged(context, exchange));
  co_return opened->version().lock;
}

}  // namespace

Task<Answer> get_object_lock_configuration(Context& context, Exchange& exchange) {
  if (!exchange.bucket->object_lock) {
    Error error(ErrorCode::kObjectLockConfigurationNotFoundError);
    error.extra.emplace_back("BucketName", exchange.call.bucket);
    co_return std::unexpected(std::move(error));
  }
  co_return xml_response(lock_configuration_document(default_retention(context, *exchange.bucket)));
}

Task<Answer> put_object_lock_configuration(Context& context, Exchange& exchange) {
  const object::Bucket& bucket = *exchange.bucket;
  CO_TRY(const std::string document,
         co_await read_document(context, exchange, limits::kXmlBodyBytes, true));
  CO_TRY(const auto rule, parse_lock_configuration(document));
  if (bucket.versioning != object::Versioning::kEnabled) {
    co_return refuse(ErrorCode::kInvalidBucketState,
                     "Versioning must be 'Enabled' on the bucket to apply a Object Lock "
                     "configuration");
  }
  if (!bucket.object_lock) {
    object::AmendBucket amend;
    amend.name = bucket.name;
    amend.id = bucket.id;
    amend.object_lock = true;
    CO_TRY_VOID(co_await context.objects.amend_bucket(std::move(amend)));
  }
  CO_TRY_VOID(co_await propose_default(context, exchange, rule));
  co_return http::Response{};
}

Task<Answer> get_object_retention(Context& context, Exchange& exchange) {
  CO_TRY(const object::Lock lock, co_await read_lock(context, exchange));
  if (lock.retention.mode == object::RetentionMode::kNone) {
    co_return refuse(ErrorCode::kNoSuchObjectLockConfiguration);
  }
  co_return xml_response(retention_document(lock.retention));
}

Task<Answer> put_object_retention(Context& context, Exchange& exchange) {
  CO_TRY_VOID(check_lockable(*exchange.bucket));
  CO_TRY(const std::string document,
         co_await read_document(context, exchange, limits::kXmlBodyBytes, true));
  object::AmendArgs args;
  CO_TRY(args.retention, parse_retention(document));
  if (args.retention->mode != object::RetentionMode::kNone) {
    CO_TRY_VOID(check_until(args.retention->until, context.clock.now()));
  }
  CO_TRY(args.bypass_governance, co_await may_bypass(context, exchange));
  CO_TRY_VOID(co_await amend_judged(context, exchange, std::move(args)));
  co_return http::Response{};
}

Task<Answer> get_object_legal_hold(Context& context, Exchange& exchange) {
  CO_TRY(const object::Lock lock, co_await read_lock(context, exchange));
  if (lock.hold == object::LegalHold::kUnset) {
    co_return refuse(ErrorCode::kNoSuchObjectLockConfiguration);
  }
  co_return xml_response(legal_hold_document(lock.hold));
}

Task<Answer> put_object_legal_hold(Context& context, Exchange& exchange) {
  CO_TRY_VOID(check_lockable(*exchange.bucket));
  CO_TRY(const std::string document,
         co_await read_document(context, exchange, limits::kXmlBodyBytes, true));
  object::AmendArgs args;
  CO_TRY(args.legal_hold, parse_legal_hold(document));
  CO_TRY_VOID(co_await amend_judged(context, exchange, std::move(args)));
  co_return http::Response{};
}

}  // namespace muzn::s3
