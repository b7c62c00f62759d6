#include "server/lifecycle_keeper.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "codec/base64.h"
#include "codec/date.h"
#include "policy/evaluate.h"
#include "s3/lifecycle_xml.h"
#include "s3/logging.h"

namespace muzn::server {
namespace {

using What = object::LifecycleDeed::What;

constexpr std::int64_t kPeriodSeconds = 900;
constexpr std::int64_t kPoliteFactor = 3;
constexpr std::size_t kIdBytes = 8;
constexpr int kDone = 204;
// As AWS's access logs name who expires objects.
constexpr std::string_view kRequester = "AmazonS3";

std::string_view operation_of(const object::LifecycleDeed& deed) {
  if (deed.what == What::kAbort) return "S3.DELETE.UPLOAD";
  const bool leaves_marker =
      deed.what == What::kExpire && deed.bucket.versioning != object::Versioning::kNever;
  return leaves_marker ? "S3.CREATE.DELETEMARKER" : "S3.EXPIRE.OBJECT";
}

std::string_view action_of(const object::LifecycleDeed& deed) {
  if (deed.what == What::kAbort) return "s3:AbortMultipartUpload";
  return deed.what == What::kExpire ? "s3:DeleteObject" : "s3:DeleteObjectVersion";
}

std::unexpected<object::Failure> not_now(const char* why) {
  return std::unexpected(object::Failure(Error{Code::kDenied, why}));
}

}  // namespace

std::int64_t lifecycle_period_seconds(std::int64_t day_seconds) {
  return std::clamp<std::int64_t>(day_seconds / 4, 1, kPeriodSeconds);
}

void LifecycleKeeper::start() {
  worker_.start([this] { work(); });
}

void LifecycleKeeper::stop() {
  worker_.stop();
}

void LifecycleKeeper::work() {
  const std::chrono::seconds period(lifecycle_period_seconds(options_.day_seconds));
  do {
    trouble_.tell(pass());
  } while (worker_.pause(period));
}

bool LifecycleKeeper::go_on() {
  return worker_.pause(std::chrono::microseconds(0));
}

// Clients go first.
void LifecycleKeeper::rest(std::int64_t worked) {
  if (parts_.busy()) worker_.pause(std::chrono::microseconds(worked * kPoliteFactor));
}

Result<void> LifecycleKeeper::pass() {
  const auto buckets = object::buckets_with_rules(parts_.rows);
  if (!buckets) return fail(buckets.error().code, buckets.error().what);
  Result<void> out;
  for (const object::RuledBucket& ruled : *buckets) {
    if (!go_on()) return out;
    auto done = pass(ruled);
    if (!done && out) out = fail(done.error().code, ruled.bucket.name + ": " + done.error().what);
  }
  if (out) finished_micros_ = to_micros(parts_.clock.now());
  return out;
}

Result<void> LifecycleKeeper::pass(const object::RuledBucket& ruled) {
  if (!may(ruled.bucket, "s3:DeleteObject")) return {};
  const auto lifecycle = s3::decode_lifecycle(ruled.document);
  if (!lifecycle) return fail(Code::kCorrupt, "its lifecycle rules can't be read");
  const object::LifecycleWork work{.bucket = ruled.bucket,
                                   .document = ruled.document,
                                   .rules = lifecycle->rules,
                                   .now = parts_.clock.now(),
                                   .day_seconds = options_.day_seconds};
  object::LifecycleTally tally;
  const auto done = object::run_lifecycle(parts_.rows, work, *this, tally);
  read_ += tally.read;
  expired_ += tally.expired;
  removed_ += tally.removed;
  aborted_ += tally.aborted;
  held_ += tally.held;
  if (tally.expired + tally.removed + tally.aborted > 0) {
    parts_.log.info("lifecycle", {{"bucket", ruled.bucket.name},
                                  {"expired", std::to_string(tally.expired)},
                                  {"removed", std::to_string(tally.removed)},
                                  {"aborted", std::to_string(tally.aborted)},
                                  {"held", std::to_string(tally.held)}});
  }
  if (!done && done.error().code != Code::kDenied) {
    return fail(done.error().code, done.error().what);
  }
  return {};
}

// An account that may only read and take away keeps what it has, whatever its rules say.
bool LifecycleKeeper::may(const object::Bucket& bucket, std::string_view action) const {
  const control::Snapshot state = parts_.controller.state();
  const control::StoredSuspension* const suspension = state->suspension(bucket.owner);
  if (suspension == nullptr) return true;
  const Time now = parts_.clock.now();
  policy::GivenFacts facts;
  facts.set("aws:CurrentTime", {codec::iso8601_millis(now)});
  facts.set("aws:EpochTime", {std::to_string(to_micros(now) / 1'000'000)});
  policy::Caller caller;
  caller.account = bucket.owner;
  const std::string resource = "arn:aws:s3:::" + bucket.name + "/*";
  const policy::Finding found =
      policy::evaluate(suspension->ceiling, policy::Attachment::kIdentity,
                       {.caller = caller, .action = action, .resource = resource, .facts = facts});
  return found.verdict != policy::Verdict::kDeny;
}

audit::Record LifecycleKeeper::begin_record(const object::LifecycleDeed& deed) const {
  audit::Record out;
  out.time = parts_.clock.now();
  out.request_id = codec::hex_encode(parts_.rng.bytes(kIdBytes));
  out.service = "s3";
  out.operation = operation_of(deed);
  out.decision = "allow";
  out.decided_by = "lifecycle rule " + deed.rule;
  out.principal_type = "service";
  out.principal_arn = kLifecycleActor;
  out.account = deed.bucket.owner;
  out.bucket = deed.bucket.name;
  out.bucket_id = deed.bucket.id;
  out.bucket_owner = deed.bucket.owner;
  out.key = deed.key;
  out.version_id = deed.version_id;
  out.method = "DELETE";
  out.status = kDone;
  out.access = s3::facts_of_log(*parts_.controller.state(), deed.bucket);
  if (out.access) {
    out.access->requester = kRequester;
    if (deed.what != What::kAbort) out.access->object_size = deed.size;
  }
  return out;
}

object::Outcome<void> LifecycleKeeper::carry_out(const object::LifecycleDeed& deed,
                                                 const Step& step) {
  if (!go_on()) return not_now("the server stops");
  if (!may(deed.bucket, action_of(deed))) {
    return not_now("the account is restricted: nothing of it is deleted");
  }
  const std::int64_t start = parts_.clock.monotonic_micros();
  const std::uint64_t no_bytes = 0;
  audit::Record record = begin_record(deed);
  CarriedRecord carried(parts_.promises, record, no_bytes, parts_.clock, start);
  const auto done = step(carried, record);
  const std::int64_t worked = parts_.clock.monotonic_micros() - start;
  if (done) {
    record.duration_micros = worked;
    record.promised = carried.is_kept();
    parts_.sinks.write(record);
  }
  rest(worked);
  return done;
}

object::Outcome<void> LifecycleKeeper::remove(const object::LifecycleDeed& deed,
                                              object::RemoveArgs args) {
  return carry_out(deed, [&](CarriedRecord& carried, audit::Record& record) {
    return remove_recorded(std::move(args), carried, record);
  });
}

object::Outcome<void> LifecycleKeeper::remove_recorded(object::RemoveArgs args,
                                                       CarriedRecord& carried,
                                                       audit::Record& record) {
  // What could not be recorded is not done; it waits for the next pass.
  TRY_VOID(carried.begin());
  args.record = &carried;
  TRY(auto removed, run_sync(parts_.objects.remove(std::move(args))));
  if (removed.delete_marker) record.version_id = std::move(removed.version_id);
  return {};
}

object::Outcome<void> LifecycleKeeper::abort(const object::LifecycleDeed& deed,
                                             object::UploadRef upload) {
  return carry_out(deed, [&](CarriedRecord& /*carried*/, audit::Record& /*record*/) {
    return run_sync(parts_.objects.abort_upload(std::move(upload)));
  });
}

std::vector<Gauge> LifecycleKeeper::gauges() const {
  const auto number = [](std::uint64_t value) { return static_cast<double>(value); };
  const std::int64_t finished = finished_micros_;
  const std::int64_t age = finished == 0 ? 0 : to_micros(parts_.clock.now()) - finished;
  return {
      {"muzn_lifecycle_rows_total", "Rows that lifecycle rules were asked about.", "counter",
       number(read_)},
      {"muzn_lifecycle_expired_total", "Current versions that lifecycle rules ended.", "counter",
       number(expired_)},
      {"muzn_lifecycle_removed_total",
       "Noncurrent versions and delete markers that lifecycle rules removed.", "counter",
       number(removed_)},
      {"muzn_lifecycle_aborted_total", "Uploads that lifecycle rules aborted.", "counter",
       number(aborted_)},
      {"muzn_lifecycle_held_total", "Times that a lock kept what was due.", "counter",
       number(held_)},
      {"muzn_lifecycle_pass_age_seconds",
       "Since the last pass of lifecycle rules that went through.", "gauge",
       static_cast<double>(age) / 1e6},
  };
}

}  // namespace muzn::server
