#include "object/lock.h"

#include <chrono>

namespace muzn::object {
namespace {

constexpr std::uint32_t kDaysOfYear = 365;

bool binds(const Retention& retention, Time now) {
  return retention.mode != RetentionMode::kNone && now < retention.until;
}

std::unexpected<Failure> locked() {
  return fault(Fault::kLocked, "the version is locked");
}

}  // namespace

Time whole(Time until) {
  return std::chrono::ceil<std::chrono::milliseconds>(until);
}

Retention retention_of(const DefaultRetention& rule, Time created) {
  const std::chrono::days length(rule.days + rule.years * kDaysOfYear);
  return {.mode = rule.mode, .until = whole(created + length)};
}

Lock new_lock(Lock asked, const std::optional<DefaultRetention>& rule, Time created) {
  if (rule && asked.retention.mode == RetentionMode::kNone) {
    asked.retention = retention_of(*rule, created);
  }
  return asked;
}

Outcome<void> judge_lock(const Lock& lock, Time now, bool bypass) {
  if (lock.hold == LegalHold::kOn) return locked();
  if (!binds(lock.retention, now)) return {};
  if (lock.retention.mode == RetentionMode::kGovernance && bypass) return {};
  return locked();
}

Outcome<void> judge_retention(const Retention& held, const Retention& next, Time now, bool bypass) {
  if (!binds(held, now)) return {};
  if (next.mode == held.mode && next.until >= held.until) return {};
  if (held.mode == RetentionMode::kGovernance && bypass) return {};
  return locked();
}

}  // namespace muzn::object
