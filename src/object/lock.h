// Object Lock: what may not happen to a version, and for how long. Pure.
// Source: AWS "Locking objects with Object Lock", "Object Lock considerations", S3 user guide.
#pragma once
#include <cstdint>
#include <optional>

#include "base/time.h"
#include "object/failure.h"

namespace muzn::object {

// Values are on disk.
enum class RetentionMode : std::uint8_t {
  kNone = 0,
  kGovernance = 1,  // who may bypass it may shorten it
  kCompliance = 2,  // nobody may, until it is over
};
enum class LegalHold : std::uint8_t {
  kUnset = 0,
  kOff = 1,  // was on, or was said to be off: readers are told so
  kOn = 2,
};

struct Retention {
  RetentionMode mode = RetentionMode::kNone;
  // The epoch without a mode. Whole milliseconds (whole()): protocols show no more, and who puts
  // back what was shown must not be told that it is less.
  Time until;
  bool operator==(const Retention&) const = default;
};

// The lock of one version.
struct Lock {
  Retention retention;
  LegalHold hold = LegalHold::kUnset;
  bool empty() const { return *this == Lock{}; }
  bool operator==(const Lock&) const = default;
};

// A bucket's rule for new versions that bring no retention of their own. One of days and years.
struct DefaultRetention {
  RetentionMode mode = RetentionMode::kGovernance;
  std::uint32_t days = 0;
  std::uint32_t years = 0;
  bool operator==(const DefaultRetention&) const = default;
};
inline constexpr std::uint32_t kRetentionDaysMax = 36'500;  // AWS: PutObjectLockConfiguration
inline constexpr std::uint32_t kRetentionYearsMax = 100;

// The next whole millisecond.
Time whole(Time until);

// What the rule means for a version made at `created`: a year is 365 days, as AWS counts it.
Retention retention_of(const DefaultRetention& rule, Time created);

// What a new version gets: what it brings, else what the rule gives.
Lock new_lock(Lock asked, const std::optional<DefaultRetention>& rule, Time created);

// May the version go at `now` (LockClock's)? `bypass`: the caller may bypass governance, and asks
// to. Failures: kLocked.
Outcome<void> judge_lock(const Lock& lock, Time now, bool bypass);

// May `next` stand where `held` does? Compliance only grows; governance, too, without `bypass`;
// what is over binds nobody. Failures: kLocked.
Outcome<void> judge_retention(const Retention& held, const Retention& next, Time now, bool bypass);

}  // namespace muzn::object
