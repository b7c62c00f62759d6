#include "object/lifecycle.h"

#include <algorithm>
#include <chrono>

namespace muzn::object {
namespace {

// More than anybody keeps anything, and far from where sums of microseconds overflow.
constexpr std::int64_t kDaysMax = 1'000'000;

std::chrono::microseconds length_of(std::int64_t days, std::int64_t day_seconds) {
  return std::chrono::seconds(std::min(days, kDaysMax) * day_seconds);
}

bool has_prefix(const LifecycleRule& rule, std::string_view key) {
  return !rule.filter.prefix || key.starts_with(*rule.filter.prefix);
}

// A delete marker has no tags and no size: a filter of these means objects.
bool means_markers(const LifecycleFilter& filter) {
  return filter.tags.empty() && !filter.larger_than && !filter.smaller_than;
}

bool matches(const LifecycleRule& rule, std::string_view key, const Version& version) {
  if (!rule.enabled || !has_prefix(rule, key)) return false;
  const LifecycleFilter& filter = rule.filter;
  if (version.delete_marker) return means_markers(filter);
  if (filter.larger_than && version.size <= *filter.larger_than) return false;
  if (filter.smaller_than && version.size >= *filter.smaller_than) return false;
  return std::ranges::all_of(filter.tags, [&](const auto& tag) {
    return std::ranges::find(version.attributes.tags, tag) != version.attributes.tags.end();
  });
}

// nullopt: the rule ends no current versions.
std::optional<Time> end_by(const LifecycleRule& rule, const Version& version,
                           std::int64_t day_seconds) {
  if (rule.expire_days) return lifecycle_due(version.modified, *rule.expire_days, day_seconds);
  return rule.expire_date;
}

bool ends_current(const LifecycleRule& rule, const LifecycleSubject& subject, Time now,
                  std::int64_t day_seconds) {
  if (subject.version.delete_marker) {
    if (!subject.is_only) return false;
    if (rule.expire_markers.value_or(false)) return true;
  }
  const auto end = end_by(rule, subject.version, day_seconds);
  return end && *end <= now;
}

bool ends_noncurrent(const LifecycleRule& rule, const LifecycleSubject& subject, Time now,
                     std::int64_t day_seconds) {
  if (!rule.noncurrent_days || !subject.version.noncurrent_since) return false;
  const Time due =
      lifecycle_due(*subject.version.noncurrent_since, *rule.noncurrent_days, day_seconds);
  return due <= now && subject.newer_noncurrent >= rule.newer_noncurrent;
}

void keep_first(std::optional<LifecycleEnd>& first, Time time, const LifecycleRule& rule) {
  if (!first || time < first->time) first = LifecycleEnd{time, &rule};
}

}  // namespace

Time lifecycle_due(Time since, std::int64_t days, std::int64_t day_seconds) {
  if (day_seconds != kDaySeconds) return since + length_of(days, day_seconds);
  return std::chrono::floor<std::chrono::days>(since) + length_of(days, day_seconds) +
         std::chrono::days(1);
}

Time lifecycle_cutoff(Time now, std::int64_t days, std::int64_t day_seconds) {
  constexpr std::chrono::microseconds kJust(1);
  if (day_seconds != kDaySeconds) return now - length_of(days, day_seconds) + kJust;
  return std::chrono::floor<std::chrono::days>(now) - length_of(days, day_seconds);
}

LifecycleVerdict judge_lifecycle(const LifecycleRules& rules, const LifecycleSubject& subject,
                                 Time now, std::int64_t day_seconds) {
  for (const LifecycleRule& rule : rules) {
    if (!matches(rule, subject.key, subject.version)) continue;
    if (subject.is_current) {
      if (!ends_current(rule, subject, now, day_seconds)) continue;
      const bool is_marker = subject.version.delete_marker;
      return {is_marker ? LifecycleAct::kRemove : LifecycleAct::kExpire, &rule};
    }
    if (ends_noncurrent(rule, subject, now, day_seconds)) return {LifecycleAct::kRemove, &rule};
  }
  return {};
}

std::optional<LifecycleEnd> lifecycle_end(const LifecycleRules& rules, std::string_view key,
                                          const Version& version, std::int64_t day_seconds) {
  std::optional<LifecycleEnd> out;
  if (version.delete_marker) return out;
  for (const LifecycleRule& rule : rules) {
    if (!matches(rule, key, version)) continue;
    const auto end = end_by(rule, version, day_seconds);
    if (end) keep_first(out, *end, rule);
  }
  return out;
}

std::optional<LifecycleEnd> lifecycle_abort(const LifecycleRules& rules, std::string_view key,
                                            Time initiated, std::int64_t day_seconds) {
  std::optional<LifecycleEnd> out;
  for (const LifecycleRule& rule : rules) {
    if (!rule.enabled || !rule.abort_days || !has_prefix(rule, key)) continue;
    keep_first(out, lifecycle_due(initiated, *rule.abort_days, day_seconds), rule);
  }
  return out;
}

}  // namespace muzn::object
