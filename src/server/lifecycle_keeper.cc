#include "server/lifecycle_keeper.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include "audit/access_log.h"
#include "codec/base64.h"
#include "codec/date.h"
#include "policy/evaluate.h"
#include "s3/lifecycle_xml.h"

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

std::shared_ptr<audit::AccessFacts> access_facts(const object::LifecycleDeed& deed,
                                                 const control::State& state) {
  if (!audit::decode_access_target(deed.bucket.logging)) return nullptr;
  auto out = std::make_shared<audit::AccessFacts>();
  out->target = deed.bucket.logging;
  out->account = deed.bucket.owner;
  out->region = deed.bucket.region;
  const control::Account* const owner = state.account(deed.bucket.owner);
  if (owner != nullptr) out->bucket_owner = owner->canonical_id;
  out->requester = kRequester;
  if (deed.what != What::kAbort) out->object_size = deed.size;
  return out;
}

std::unexpected<object::Failure> restricted() {
  return std::unexpected(
      object::Failure(Error{Code::kDenied, "the account is restricted: nothing of it is deleted"}));
}

}  // namespace

std::int64_t lifecycle_period_seconds(std::int64_t day_seconds) {
  return std::clamp<std::int64_t>(day_seconds / 4, 1, kPeriodSeconds);
}

void LifecycleKeeper::start() {
  thread_ = std::thread([this] { work(); });
}

void LifecycleKeeper::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void LifecycleKeeper::work() {
  const std::chrono::seconds period(lifecycle_period_seconds(options_.day_seconds));
  do {
    trouble_.tell(pass());
  } while (pause(period));
}

bool LifecycleKeeper::pause(std::chrono::microseconds time) {
  std::unique_lock lock(mutex_);
  return !wake_.wait_for(lock, time, [this] { return stopping_; });
}

bool LifecycleKeeper::go_on() {
  return pause(std::chrono::microseconds(0));
}

// Clients go first.
void LifecycleKeeper::rest(std::int64_t worked) {
  if (parts_.busy()) pause(std::chrono::microseconds(worked * kPoliteFactor));
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
  out.access = access_facts(deed, *parts_.controller.state());
  return out;
}

void LifecycleKeeper::finish(audit::Record record, const CarriedRecord& carried) {
  record.promised = carried.is_kept();
  parts_.sinks.write(record);
}

object::Outcome<void> LifecycleKeeper::remove(const object::LifecycleDeed& deed,
                                              object::RemoveArgs args) {
  if (!go_on()) return std::unexpected(object::Failure(Error{Code::kDenied, "the server stops"}));
  if (!may(deed.bucket, action_of(deed))) return restricted();
  const std::int64_t start = parts_.clock.monotonic_micros();
  const std::uint64_t no_bytes = 0;
  audit::Record record = begin_record(deed);
  CarriedRecord carried(parts_.promises, record, no_bytes, parts_.clock, start);
  // What could not be recorded is not done; it waits for the next pass.
  auto begun = carried.begin();
  if (!begun) return std::unexpected(object::Failure(std::move(begun).error()));
  args.record = &carried;
  auto removed = run_sync(parts_.objects.remove(std::move(args)));
  const std::int64_t worked = parts_.clock.monotonic_micros() - start;
  if (removed) {
    if (removed->delete_marker) record.version_id = removed->version_id;
    record.duration_micros = worked;
    finish(std::move(record), carried);
  }
  rest(worked);
  if (!removed) return std::unexpected(std::move(removed).error());
  return {};
}

object::Outcome<void> LifecycleKeeper::abort(const object::LifecycleDeed& deed,
                                             object::UploadRef upload) {
  if (!go_on()) return std::unexpected(object::Failure(Error{Code::kDenied, "the server stops"}));
  if (!may(deed.bucket, action_of(deed))) return restricted();
  const std::int64_t start = parts_.clock.monotonic_micros();
  const std::uint64_t no_bytes = 0;
  audit::Record record = begin_record(deed);
  CarriedRecord carried(parts_.promises, record, no_bytes, parts_.clock, start);
  auto done = run_sync(parts_.objects.abort_upload(std::move(upload)));
  const std::int64_t worked = parts_.clock.monotonic_micros() - start;
  if (done) {
    record.duration_micros = worked;
    finish(std::move(record), carried);
  }
  rest(worked);
  return done;
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
