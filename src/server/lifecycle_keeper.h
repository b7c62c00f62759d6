// The thread of lifecycle rules: passes over all buckets that have some (object/lifecycle_pass.h),
// and the records of what they take away.
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "audit/record.h"
#include "base/rng.h"
#include "base/time.h"
#include "control/controller.h"
#include "object/lifecycle_pass.h"
#include "server/log.h"
#include "server/metrics.h"
#include "server/promises.h"
#include "server/sinks.h"
#include "server/trouble.h"
#include "server/worker.h"

namespace muzn::server {

// Who acts, in records.
inline constexpr std::string_view kLifecycleActor = "lifecycle";

struct LifecycleOptions {
  std::int64_t day_seconds = object::kDaySeconds;  // that a day of a rule lasts
};

// From one pass to the next. Days end at midnight, and dates are midnights: what is due waits a
// quarter of an hour at most. Where days are shorter, a part of a day.
std::int64_t lifecycle_period_seconds(std::int64_t day_seconds);

struct LifecycleParts {
  meta::Store& rows;
  object::Store& objects;
  const control::Controller& controller;
  Sinks sinks;         // as AWS has it, trails do not tell of what rules do
  Promises* promises;  // null: no record is to be kept before its change
  const Clock& clock;
  Rng& rng;
  Log& log;
  std::function<bool()> busy;  // do clients wait for answers?
};

class LifecycleKeeper final : public object::LifecycleHost {
 public:
  // All are borrowed.
  LifecycleKeeper(LifecycleParts parts, const LifecycleOptions& options)
      : parts_(std::move(parts)),
        options_(options),
        trouble_(parts_.log, "lifecycle rules are not obeyed", "lifecycle rules are obeyed again") {
  }
  ~LifecycleKeeper() override { stop(); }
  LifecycleKeeper(const LifecycleKeeper&) = delete;
  LifecycleKeeper& operator=(const LifecycleKeeper&) = delete;

  void start();
  // Ends within one removal. Idempotent.
  void stop();

  // One pass over all buckets. For the thread, and for tests without one. Errors: the first that a
  // bucket had; the others had their pass all the same.
  Result<void> pass();

  object::Outcome<void> remove(const object::LifecycleDeed& deed, object::RemoveArgs args) override;
  object::Outcome<void> abort(const object::LifecycleDeed& deed, object::UploadRef upload) override;
  bool go_on() override;

  // Threads: safe.
  std::vector<Gauge> gauges() const;

 private:
  void work();
  Result<void> pass(const object::RuledBucket& ruled);
  bool may(const object::Bucket& bucket, std::string_view action) const;
  audit::Record begin_record(const object::LifecycleDeed& deed) const;
  // Does it, unless it may not be done now, and records it.
  using Step = std::function<object::Outcome<void>(CarriedRecord& carried, audit::Record& record)>;
  object::Outcome<void> carry_out(const object::LifecycleDeed& deed, const Step& step);
  object::Outcome<void> remove_recorded(object::RemoveArgs args, CarriedRecord& carried,
                                        audit::Record& record);
  void rest(std::int64_t worked);

  LifecycleParts parts_;
  const LifecycleOptions options_;
  Trouble trouble_;  // of the thread
  // Of this run of the server.
  std::atomic<std::uint64_t> read_ = 0;
  std::atomic<std::uint64_t> expired_ = 0;
  std::atomic<std::uint64_t> removed_ = 0;
  std::atomic<std::uint64_t> aborted_ = 0;
  std::atomic<std::uint64_t> held_ = 0;
  std::atomic<std::int64_t> finished_micros_ = 0;  // the last pass that went through; 0 = none
  Worker worker_;                                  // the last: it ends before what it works with
};

}  // namespace muzn::server
