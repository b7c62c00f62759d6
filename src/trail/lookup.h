// LookupEvents: the management events of an account, newest first.
// Source: AWS CloudTrail API reference, LookupEvents.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/task.h"
#include "base/time.h"
#include "codec/json.h"
#include "meta/store.h"

namespace muzn::trail {

enum class Attribute : std::uint8_t {
  kEventId,
  kEventName,
  kReadOnly,
  kUsername,
  kResourceType,
  kResourceName,
  kEventSource,
  kAccessKeyId,
};
// "EventId"; nullopt when there is none of this name.
std::optional<Attribute> attribute_of(std::string_view name);

// Of the JSON of an answer's events: fifty of the largest would be some megabytes of memory and of
// work at once.
inline constexpr std::size_t kLookupBytesMax = 1U << 20;

struct Lookup {
  std::string account;
  Time from;
  Time to;  // inclusive
  std::optional<Attribute> attribute;
  std::string value;
  std::size_t limit = 50;
  std::size_t bytes_max = kLookupBytesMax;  // one event that is larger is a page of its own
  std::string after;  // where the page before ended, as LookupPage::next has it; "" = the first
};
struct LookupPage {
  std::vector<codec::Json> events;  // of the shape that LookupEvents answers
  std::string next;                 // "" = there are no more
};

// Looks at a bounded number of events and of their bytes: a page may have fewer than asked for, or
// none, with more to come. Errors: kInvalid (not a place in these events), the store's.
Task<Result<LookupPage>> look_up(meta::Store& rows, Lookup lookup);

// The event (event_json()) as LookupEvents shows it; nullopt: it does not read, or it is not what
// is looked for. Pure.
std::optional<codec::Json> shown(std::string_view event, const std::optional<Attribute>& attribute,
                                 std::string_view value);

}  // namespace muzn::trail
