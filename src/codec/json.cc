#include "codec/json.h"

#include <exception>
#include <limits>
#include <unordered_set>
#include <vector>

#include "codec/uri.h"

namespace muzn::codec {
namespace {

// Deepest nesting of brackets outside of strings, or of garbage that is refused later.
bool is_too_deep(std::string_view text) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kJsonDepthMax) return true;
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return false;
}

const Json* member(const Json& object, const char* key) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(key);
  return found == object.end() ? nullptr : &*found;
}

}  // namespace

Result<Json> parse_json(std::string_view text) {
  if (is_too_deep(text)) return fail(Code::kLimit, "json: nested too deep");
  if (!is_utf8(text)) return fail(Code::kInvalid, "json: not UTF-8");
  // nlohmann's lexer takes a NUL for the end and would ignore what follows.
  if (text.contains('\0')) return fail(Code::kInvalid, "json: NUL byte");
  std::vector<std::unordered_set<std::string>> keys;  // one set for each open object
  bool duplicate = false;
  const auto watch = [&keys, &duplicate](int, Json::parse_event_t event, Json& value) {
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end) keys.pop_back();
    if (event == Json::parse_event_t::key) {
      duplicate |= !keys.back().insert(value.get_ref<const std::string&>()).second;
    }
    return true;
  };
  try {
    Json value = Json::parse(text, watch, false);
    if (value.is_discarded()) return fail(Code::kInvalid, "json: not well-formed");
    if (duplicate) return fail(Code::kInvalid, "json: duplicate key");
    return value;
  } catch (const std::exception& error) {
    return fail(Code::kInvalid, std::string("json: ") + error.what());
  }
}

std::string dump_json(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string json_string(const Json& object, const char* key, std::string_view fallback) {
  const Json* const found = member(object, key);
  if (found == nullptr || !found->is_string()) return std::string(fallback);
  return found->get_ref<const std::string&>();
}

std::int64_t json_int(const Json& object, const char* key, std::int64_t fallback) {
  const Json* const found = member(object, key);
  if (found == nullptr || !found->is_number_integer()) return fallback;
  constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (found->is_number_unsigned() && found->get<std::uint64_t>() > kMax) return fallback;
  return found->get<std::int64_t>();
}

bool json_bool(const Json& object, const char* key, bool fallback) {
  const Json* const found = member(object, key);
  return found != nullptr && found->is_boolean() ? found->get<bool>() : fallback;
}

}  // namespace muzn::codec
