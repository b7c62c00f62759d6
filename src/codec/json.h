// JSON through nlohmann::json, without its exceptions.
#pragma once
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/error.h"

namespace muzn::codec {

using Json = nlohmann::json;

inline constexpr std::size_t kJsonDepthMax = 64;  // deep nesting is an attack on the stack
// Errors: kInvalid (not JSON, not UTF-8, duplicate keys), kLimit (too deep; checked before
// parsing).
Result<Json> parse_json(std::string_view text);
// Compact, keys sorted, invalid UTF-8 replaced; never throws.
std::string dump_json(const Json& value);

// Typed reads of an object's member; nullopt/default when absent or of another type.
std::string json_string(const Json& object, const char* key, std::string_view fallback = "");
std::int64_t json_int(const Json& object, const char* key, std::int64_t fallback = 0);
bool json_bool(const Json& object, const char* key, bool fallback = false);

}  // namespace muzn::codec
