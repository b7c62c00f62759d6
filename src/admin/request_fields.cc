#include "admin/request_fields.h"

#include "codec/base64.h"
#include "codec/date.h"

namespace muzn::admin {
namespace {

using codec::Json;

constexpr std::size_t kNonceBytes = 32;

}  // namespace

std::string fresh_nonce(Rng& rng) {
  std::string bytes(kNonceBytes, '\0');
  rng.fill(bytes);
  return codec::hex_encode(bytes);
}

Result<void> only(const Json& object, const std::set<std::string>& names) {
  if (!object.is_object()) return fail(Code::kInvalid, "it must be a JSON object");
  for (const auto& [name, value] : object.items()) {
    if (!names.contains(name)) return fail(Code::kInvalid, "unknown field \"" + name + "\"");
  }
  return {};
}

Result<std::string> text_field(const Json& object, const char* name) {
  if (!object.contains(name) || !object[name].is_string()) {
    return fail(Code::kInvalid, std::string("field \"") + name + "\" must be a string");
  }
  return object[name].get<std::string>();
}

Result<Time> time_field(const Json& object, const char* name) {
  TRY(const std::string said, text_field(object, name));
  const auto read = codec::parse_iso8601(said);
  if (!read) {
    return fail(Code::kInvalid,
                std::string("field \"") + name + "\" must be a time: 2027-01-01T00:00:00Z");
  }
  return *read;
}

}  // namespace muzn::admin
