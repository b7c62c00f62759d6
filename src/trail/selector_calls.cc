// PutEventSelectors and GetEventSelectors.
#include <algorithm>
#include <array>

#include "trail/calls.h"
#include "trail/delivery.h"

namespace muzn::trail {
namespace {

using codec::Json;

constexpr std::string_view kObjectType = "AWS::S3::Object";
// In the order of control::TrailEvents.
constexpr std::array<std::string_view, 3> kEvents = {"All", "ReadOnly", "WriteOnly"};

std::unexpected<Failure> wrong(std::string what) {
  return refuse("InvalidEventSelectorsException", std::move(what));
}

// The list at a member; an empty one when it is not there. Failures: not a list.
std::expected<Json, Failure> list_member(const Json& object, const char* member) {
  const auto found = object.find(member);
  if (found == object.end() || found->is_null()) return Json::array();
  if (!found->is_array()) return wrong(std::string(member) + " is a list");
  return *found;
}

std::expected<control::TrailSelector, Failure> read_selector(const Json& json) {
  if (!json.is_object()) return wrong("a selector is an object");
  control::TrailSelector out;
  const std::string events = codec::json_string(json, "ReadWriteType", kEvents.front());
  const auto* const found = std::ranges::find(kEvents, events);
  if (found == kEvents.end()) return wrong("ReadWriteType is All, ReadOnly or WriteOnly");
  out.events = static_cast<control::TrailEvents>(found - kEvents.begin());
  out.management = codec::json_bool(json, "IncludeManagementEvents", true);
  TRY(const Json excluded, list_member(json, "ExcludeManagementEventSources"));
  if (!excluded.empty()) return wrong("no sources can be excluded here");
  TRY(const Json resources, list_member(json, "DataResources"));
  for (const Json& resource : resources) {
    if (!resource.is_object() || codec::json_string(resource, "Type") != kObjectType) {
      return wrong("data events are of AWS::S3::Object");
    }
    TRY(const Json values, list_member(resource, "Values"));
    for (const Json& value : values) {
      const std::string text = value.is_string() ? value.get<std::string>() : "";
      if (!control::is_trail_data_prefix(text)) return wrong("no ARN of objects: " + text);
      out.data_prefixes.push_back(text);
    }
  }
  return out;
}

Json selector_json(const control::TrailSelector& selector) {
  Json resources = Json::array();
  if (!selector.data_prefixes.empty()) {
    resources.push_back({{"Type", kObjectType}, {"Values", selector.data_prefixes}});
  }
  return {{"ReadWriteType", kEvents[static_cast<std::size_t>(selector.events)]},
          {"IncludeManagementEvents", selector.management},
          {"DataResources", std::move(resources)},
          {"ExcludeManagementEventSources", Json::array()}};
}

Json selectors_json(const Context& context, const control::Trail& trail) {
  Json list = Json::array();
  for (const control::TrailSelector& selector : trail.selectors) {
    list.push_back(selector_json(selector));
  }
  return {{"TrailARN", trail_arn(context.region, trail.account, trail.name)},
          {"EventSelectors", std::move(list)}};
}

}  // namespace

Task<Outcome> put_event_selectors(Context context, Json input) {
  CO_TRY(control::StoredTrail stored, find_trail(context, input, "TrailName"));
  CO_TRY(const Json advanced, list_member(input, "AdvancedEventSelectors"));
  if (!advanced.empty()) {
    co_return refuse("UnsupportedOperationException", "advanced event selectors are not built");
  }
  CO_TRY(const Json given, list_member(input, "EventSelectors"));
  stored.trail.selectors.clear();
  for (const Json& one : given) {
    CO_TRY(control::TrailSelector selector, read_selector(one));
    stored.trail.selectors.push_back(std::move(selector));
  }
  if (const auto checked = control::check_trail(stored.trail); !checked) {
    co_return wrong(checked.error().what);
  }
  CO_TRY_VOID(co_await propose(context, control::PutTrail{stored.trail}));
  co_return selectors_json(context, stored.trail);
}

Task<Outcome> get_event_selectors(Context context, Json input) {
  CO_TRY(const control::StoredTrail stored, find_trail(context, input, "TrailName"));
  co_return selectors_json(context, stored.trail);
}

}  // namespace muzn::trail
