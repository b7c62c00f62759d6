#include "cli/watch_state.h"

#include "codec/base64.h"
#include "codec/json.h"

namespace muzn::cli {
namespace {

using codec::Json;

constexpr std::string_view kSchema = "muzn.watch/1";

bool has_shape(const Json& json) {
  if (!json.is_object() || codec::json_string(json, "schema") != kSchema) return false;
  for (const char* name : {"checkpoint", "told"}) {
    if (!json.contains(name) || !json[name].is_string()) return false;
  }
  for (const char* name : {"read", "silent_below", "failures"}) {
    if (!json.contains(name) || !json[name].is_number_unsigned()) return false;
  }
  return json.contains("edge") && json["edge"].is_array() && json.contains("rules");
}

}  // namespace

std::string format_watch_state(const WatchState& state) {
  Json edge = Json::array();
  for (const std::string& tile : state.view.edge) edge.push_back(codec::base64_encode(tile));
  return codec::dump_json({{"schema", kSchema},
                           {"checkpoint", state.view.checkpoint},
                           {"read", state.view.read},
                           {"edge", std::move(edge)},
                           {"rules", state.rules ? state.rules->to_json() : Json()},
                           {"silent_below", state.silent_below},
                           {"failures", state.failures},
                           {"told", state.told}});
}

Result<WatchState> parse_watch_state(std::string_view text, bool is_strict) {
  TRY(const Json json, codec::parse_json(text));
  if (!has_shape(json)) return fail(Code::kInvalid, "not what watch keeps");
  WatchState out;
  out.view.checkpoint = json["checkpoint"].get<std::string>();
  out.view.read = json["read"].get<std::uint64_t>();
  for (const Json& tile : json["edge"]) {
    if (!tile.is_string()) return fail(Code::kInvalid, "not what watch keeps");
    TRY(std::string bytes, codec::base64_decode(tile.get_ref<const std::string&>()));
    out.view.edge.push_back(std::move(bytes));
  }
  out.rules.reset();
  if (!json["rules"].is_null()) {
    TRY(out.rules, audit::Rules::from_json(json["rules"], is_strict));
    if (out.rules->entries() != out.view.read) {
      return fail(Code::kInvalid, "what watch keeps does not fit together");
    }
  }
  out.silent_below = json["silent_below"].get<std::uint64_t>();
  out.failures = json["failures"].get<std::uint64_t>();
  out.told = json["told"].get<std::string>();
  return out;
}

}  // namespace muzn::cli
