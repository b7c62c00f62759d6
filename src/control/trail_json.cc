#include "control/trail_json.h"

#include <algorithm>
#include <array>

#include "control/act_members.h"

namespace muzn::control {
namespace {

using codec::Json;

// In the order of TrailEvents. As AWS writes them; on disk, too.
constexpr std::array<std::string_view, 3> kEvents = {"All", "ReadOnly", "WriteOnly"};

Json selector_json(const TrailSelector& selector) {
  return {{"events", kEvents[static_cast<std::size_t>(selector.events)]},
          {"management", selector.management},
          {"data", selector.data_prefixes}};
}

Result<TrailSelector> read_selector(const Json& json) {
  Members in(json, {"events", "management", "data"});
  const std::string events = in.text("events");
  TrailSelector out{
      .events = {}, .management = in.boolean("management"), .data_prefixes = in.texts("data")};
  TRY_VOID(in.check());
  const auto* const found = std::ranges::find(kEvents, events);
  if (found == kEvents.end()) return fail(Code::kInvalid, "act: unknown events of a selector");
  out.events = static_cast<TrailEvents>(found - kEvents.begin());
  return out;
}

}  // namespace

Json body_json(const PutTrail& body) {
  const Trail& trail = body.trail;
  Json selectors = Json::array();
  for (const TrailSelector& selector : trail.selectors) {
    selectors.push_back(selector_json(selector));
  }
  return {{"account", trail.account},
          {"name", trail.name},
          {"bucket", trail.bucket},
          {"prefix", trail.prefix},
          {"log_file_validation", trail.log_file_validation},
          {"global_events", trail.global_events},
          {"multi_region", trail.multi_region},
          {"created_micros", to_micros(trail.created)},
          {"selectors", std::move(selectors)}};
}

Json body_json(const DeleteTrail& body) {
  return {{"account", body.account}, {"name", body.name}};
}

Json body_json(const SetTrailLogging& body) {
  return {{"account", body.account},
          {"name", body.name},
          {"logging", body.logging},
          {"at_micros", to_micros(body.at)}};
}

Result<ActBody> read_put_trail(const Json& json) {
  Members in(json, {"account", "name", "bucket", "prefix", "log_file_validation", "global_events",
                    "multi_region", "created_micros", "selectors"});
  Trail out{.account = in.text("account"),
            .name = in.text("name"),
            .bucket = in.text("bucket"),
            .prefix = in.text("prefix"),
            .log_file_validation = in.boolean("log_file_validation"),
            .global_events = in.boolean("global_events"),
            .multi_region = in.boolean("multi_region"),
            .created = in.time("created_micros"),
            .selectors = {}};
  TRY_VOID(in.check());
  const Json& selectors = in.object("selectors");
  if (!selectors.is_array() || selectors.empty()) {
    return fail(Code::kInvalid, "act: a trail has selectors");
  }
  for (const Json& selector : selectors) {
    TRY(TrailSelector read, read_selector(selector));
    out.selectors.push_back(std::move(read));
  }
  return PutTrail{std::move(out)};
}

Result<ActBody> read_delete_trail(const Json& json) {
  Members in(json, {"account", "name"});
  DeleteTrail out{in.text("account"), in.text("name")};
  TRY_VOID(in.check());
  return out;
}

Result<ActBody> read_set_trail_logging(const Json& json) {
  Members in(json, {"account", "name", "logging", "at_micros"});
  SetTrailLogging out{in.text("account"), in.text("name"), in.boolean("logging"),
                      in.time("at_micros")};
  TRY_VOID(in.check());
  return out;
}

}  // namespace muzn::control
