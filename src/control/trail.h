// Trails as control state has them: which events of an account go as files into a bucket. What
// they mean is src/trail's. Pure. Source: AWS CloudTrail API reference, CreateTrail,
// PutEventSelectors.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/time.h"

namespace muzn::control {

inline constexpr std::size_t kTrailPrefixCharsMax = 200;
inline constexpr std::size_t kTrailSelectorsMax = 5;
inline constexpr std::size_t kTrailDataPrefixesMax = 250;  // of all selectors of a trail
inline constexpr std::size_t kTrailDataPrefixBytesMax = 1200;

enum class TrailEvents : std::uint8_t { kAll, kReadOnly, kWriteOnly };

// An event is taken that one of a trail's selectors takes.
struct TrailSelector {
  TrailEvents events = TrailEvents::kAll;
  bool management = true;
  // Of data events: those on objects (and the whole of a bucket, "<bucket ARN>/") whose ARN begins
  // with one of these.
  std::vector<std::string> data_prefixes;
  bool operator==(const TrailSelector&) const = default;
};

struct Trail {
  std::string account;
  std::string name;
  std::string bucket;  // by its name, as on AWS: whether it may be written is asked each time
  std::string prefix;  // of keys, without the slash behind it; "" = none
  bool log_file_validation = false;
  bool global_events = true;  // as was asked: there is one region, so it changes nothing
  bool multi_region = false;  // the same
  Time created;               // tells the trail from another one that had its name before
  std::vector<TrailSelector> selectors = {TrailSelector{}};
  bool operator==(const Trail&) const = default;
};
struct StoredTrail {
  Trail trail;
  bool logging = false;
  std::optional<Time> started;  // logging, the last time
  std::optional<Time> stopped;
  bool operator==(const StoredTrail&) const = default;
};

using Trails = std::map<std::pair<std::string, std::string>, StoredTrail>;  // (account, name)

// Makes a trail, or changes the one of that `created`.
struct PutTrail {
  Trail trail;
  bool operator==(const PutTrail&) const = default;
};
struct DeleteTrail {
  std::string account;
  std::string name;
  bool operator==(const DeleteTrail&) const = default;
};
struct SetTrailLogging {
  std::string account;
  std::string name;
  bool logging = false;
  Time at;
  bool operator==(const SetTrailLogging&) const = default;
};

// 3-128 of A-Z a-z 0-9 . _ -, letters or digits at both ends, no two of . _ - side by side, and no
// IPv4 address.
bool is_trail_name(std::string_view text);
// Up to kTrailPrefixCharsMax printable ASCII characters, no slash at either end; may be empty.
bool is_trail_prefix(std::string_view text);
// "arn:aws:s3", "arn:aws:s3:::", or an object's ARN or its beginning, slash included.
bool is_trail_data_prefix(std::string_view text);

// kInvalid: a grammar is broken, or there are none or too many selectors.
Result<void> check_trail(const Trail& trail);

// What the acts do, as apply() has it.
Result<void> put(Trails& trails, const PutTrail& act);
Result<void> erase(Trails& trails, const DeleteTrail& act);
Result<void> set_logging(Trails& trails, const SetTrailLogging& act);

}  // namespace muzn::control
