// The calls of CloudTrail: each by its name, done for who was let in.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "audit/record.h"
#include "base/task.h"
#include "control/controller.h"
#include "meta/store.h"
#include "trail/outlet.h"
#include "trail/reply.h"

namespace muzn::trail {

// Borrowed for the time of the call.
struct Context {
  control::Controller& controller;
  meta::Store& rows;
  Outlet& outlet;
  const Clock& clock;
  const std::string& region;
  std::string account;  // whose trails these are
  std::string actor;    // ARN of who asks
  audit::Record& record;
};

struct CallInfo {
  std::string_view name;        // "CreateTrail"
  const char* trail = nullptr;  // the member that names the trail; nullptr = none does
  Task<Outcome> (*run)(Context context, codec::Json input) = nullptr;
};
std::span<const CallInfo> calls();

// --- of other files of this module ---
Task<Outcome> list_public_keys(Context context, codec::Json input);
Task<Outcome> lookup_events(Context context, codec::Json input);
Task<Outcome> put_event_selectors(Context context, codec::Json input);
Task<Outcome> get_event_selectors(Context context, codec::Json input);

// The name in what a client gave, a name or an ARN. Failures: InvalidTrailNameException,
// CloudTrailARNInvalidException, TrailNotFoundException (another account's or region's).
std::expected<std::string, Failure> trail_name(const Context& context, const std::string& given);
// The trail that the member names, as it is now. Failures: the same, and TrailNotFoundException.
std::expected<control::StoredTrail, Failure> find_trail(const Context& context,
                                                        const codec::Json& input,
                                                        const char* member = "Name");
Task<std::expected<void, Failure>> propose(const Context& context, control::ActBody act);
// A time as clients send it: seconds since 1970, or ISO 8601. nullopt: not there. Failures:
// SerializationException.
std::expected<std::optional<Time>, Failure> time_member(const codec::Json& input,
                                                        const char* member);
// As answers have them: seconds since 1970.
double to_seconds(Time time);

}  // namespace muzn::trail
