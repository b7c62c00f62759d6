// Rules by which a bucket's objects end, and what they say of one version at one time. Pure.
// Source: AWS S3 user guide, "Managing the lifecycle of objects", "Lifecycle configuration
// elements". What reads the rows and acts is object/lifecycle_pass.h.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "object/model.h"

namespace muzn::object {

inline constexpr std::int64_t kDaySeconds = 86'400;
inline constexpr std::string_view kLifecycleName = "lifecycle";  // of the bucket's document

struct LifecycleFilter {
  std::optional<std::string> prefix;
  Pairs tags;  // all of them
  std::optional<std::uint64_t> larger_than;
  std::optional<std::uint64_t> smaller_than;
  bool operator==(const LifecycleFilter&) const = default;
};

// Numbers of days are at least 1.
struct LifecycleRule {
  std::string id;
  bool enabled = false;
  bool is_legacy = false;  // its prefix stood beside the actions, not in a Filter
  LifecycleFilter filter;
  // Of the current version: at most one of the three.
  std::optional<std::int64_t> expire_days;
  std::optional<Time> expire_date;
  std::optional<bool> expire_markers;
  // Of noncurrent versions, but the `newer_noncurrent` newest of a key.
  std::optional<std::int64_t> noncurrent_days;
  std::uint32_t newer_noncurrent = 0;
  std::optional<std::int64_t> abort_days;  // of uploads
  bool operator==(const LifecycleRule&) const = default;
};
using LifecycleRules = std::vector<LifecycleRule>;

// A day lasts `day_seconds`. Where it is a real one, the moment is rounded up to the next midnight
// UTC, as AWS does.
Time lifecycle_due(Time since, std::int64_t days, std::int64_t day_seconds);
// What lies before this is due at `now`, and nothing else is.
Time lifecycle_cutoff(Time now, std::int64_t days, std::int64_t day_seconds);

// A version as it stands among the others of its key.
struct LifecycleSubject {
  std::string_view key;
  const Version& version;
  bool is_current = true;
  bool is_only = false;                // of a current delete marker: the key has no other version
  std::uint64_t newer_noncurrent = 0;  // of a noncurrent one: how many others are newer
};
enum class LifecycleAct : std::uint8_t {
  kNone,
  kExpire,  // the key is removed: by a delete marker where the bucket has or had versioning
  kRemove,  // this version goes for good
};
struct LifecycleVerdict {
  LifecycleAct act = LifecycleAct::kNone;
  const LifecycleRule* rule = nullptr;  // of `rules`; null: nothing is due
};
LifecycleVerdict judge_lifecycle(const LifecycleRules& rules, const LifecycleSubject& subject,
                                 Time now, std::int64_t day_seconds);

// When a version, as long as it is the current one, or an upload will end, and by which rule: the
// first of all that apply. nullopt: by none.
struct LifecycleEnd {
  Time time;
  const LifecycleRule* rule = nullptr;  // never null; of `rules`
};
std::optional<LifecycleEnd> lifecycle_end(const LifecycleRules& rules, std::string_view key,
                                          const Version& version, std::int64_t day_seconds);
std::optional<LifecycleEnd> lifecycle_abort(const LifecycleRules& rules, std::string_view key,
                                            Time initiated, std::int64_t day_seconds);

}  // namespace muzn::object
