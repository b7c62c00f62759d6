// Does a trail take an event? Pure. Source: AWS, "Logging data events", PutEventSelectors.
#pragma once
#include <string_view>

#include "base/time.h"
#include "control/trail.h"
#include "trail/event.h"

namespace muzn::trail {

// Was the trail logging when a request came, or when it ended? So the call that stops it is told.
bool was_logging(const control::StoredTrail& stored, Time came);

// `object`: object_arn() of a data event's record.
bool takes(const control::Trail& trail, const EventKind& kind, std::string_view object);

}  // namespace muzn::trail
