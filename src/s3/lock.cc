#include "s3/lock.h"

#include "s3/access.h"
#include "s3/lock_headers.h"

namespace muzn::s3 {
namespace {

Task<Outcome<void>> check_action(Context& context, const Exchange& exchange,
                                 std::string_view action, std::string key) {
  Target target;
  target.action = action;
  target.key = std::move(key);
  CO_TRY_VOID(co_await authorize(context, asker_of(exchange), *exchange.bucket, std::move(target)));
  co_return Outcome<void>{};
}

Task<Outcome<bool>> may(Context& context, const Exchange& exchange, std::string_view action,
                        std::string key) {
  // Not what decides the request.
  const std::string decided_by = exchange.record.decided_by;
  const auto done = co_await check_action(context, exchange, action, std::move(key));
  exchange.record.decided_by = decided_by;
  if (done) co_return true;
  if (done.error().code == ErrorCode::kAccessDenied) co_return false;
  co_return std::unexpected(done.error());
}

}  // namespace

std::optional<object::DefaultRetention> default_retention(const Context& context,
                                                          const object::Bucket& bucket) {
  if (!bucket.object_lock)
    return std::nullopt;  // before the state: it is on the way of every write
  const control::Snapshot state = context.gate.state();
  const control::BucketControls* const acts = state->bucket(bucket_ref(bucket).id);
  if (acts == nullptr || !acts->lock_default) return std::nullopt;
  return object::DefaultRetention{.mode = acts->lock_default->compliance
                                              ? object::RetentionMode::kCompliance
                                              : object::RetentionMode::kGovernance,
                                  .days = acts->lock_default->days,
                                  .years = acts->lock_default->years};
}

control::LockDefault to_act(const object::DefaultRetention& rule) {
  return {.compliance = rule.mode == object::RetentionMode::kCompliance,
          .days = rule.days,
          .years = rule.years};
}

Task<Outcome<object::Lock>> plan_lock(Context& context, const Exchange& exchange) {
  CO_TRY(const object::Lock lock,
         parse_lock_headers(exchange.request.head.headers, *exchange.bucket, context.clock.now()));
  if (lock.retention.mode != object::RetentionMode::kNone) {
    CO_TRY_VOID(
        co_await check_action(context, exchange, "s3:PutObjectRetention", exchange.call.key));
  }
  if (lock.hold != object::LegalHold::kUnset) {
    CO_TRY_VOID(
        co_await check_action(context, exchange, "s3:PutObjectLegalHold", exchange.call.key));
  }
  co_return lock;
}

Task<Outcome<bool>> may_bypass(Context& context, const Exchange& exchange) {
  return may_bypass(context, exchange, exchange.call.key);
}

Task<Outcome<bool>> may_bypass(Context& context, const Exchange& exchange, std::string key) {
  CO_TRY(const bool asked, parse_bypass(exchange.request.head.headers));
  if (!asked || !exchange.bucket->object_lock) co_return false;
  co_return co_await may(context, exchange, "s3:BypassGovernanceRetention", std::move(key));
}

Task<Outcome<void>> tell_lock(Context& context, const Exchange& exchange,
                              const object::Version& version, http::Headers& headers) {
  object::Lock told;
  if (version.lock.retention.mode != object::RetentionMode::kNone) {
    CO_TRY(const bool retention,
           co_await may(context, exchange, "s3:GetObjectRetention", exchange.call.key));
    if (retention) told.retention = version.lock.retention;
  }
  if (version.lock.hold != object::LegalHold::kUnset) {
    CO_TRY(const bool hold,
           co_await may(context, exchange, "s3:GetObjectLegalHold", exchange.call.key));
    if (hold) told.hold = version.lock.hold;
  }
  add_lock_headers(headers, told);
  co_return Outcome<void>{};
}

}  // namespace muzn::s3
