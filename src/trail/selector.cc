#include "trail/selector.h"

#include <algorithm>

namespace muzn::trail {
namespace {

bool fits(control::TrailEvents events, bool read_only) {
  switch (events) {
    case control::TrailEvents::kAll:
      return true;
    case control::TrailEvents::kReadOnly:
      return read_only;
    case control::TrailEvents::kWriteOnly:
      return !read_only;
  }
  return false;
}

}  // namespace

bool was_logging(const control::StoredTrail& stored, Time came) {
  if (stored.logging) return true;
  return stored.started && stored.stopped && came >= *stored.started && came < *stored.stopped;
}

bool takes(const control::Trail& trail, const EventKind& kind, std::string_view object) {
  return std::ranges::any_of(trail.selectors, [&](const control::TrailSelector& selector) {
    if (!fits(selector.events, kind.read_only)) return false;
    if (kind.category == Category::kManagement) return selector.management;
    return kind.category == Category::kData &&
           std::ranges::any_of(selector.data_prefixes, [object](const std::string& prefix) {
             return object.starts_with(prefix);
           });
  });
}

}  // namespace muzn::trail
