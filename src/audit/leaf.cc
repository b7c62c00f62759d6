#include "audit/leaf.h"

#include <algorithm>

namespace muzn::audit {
namespace {

using codec::Json;

constexpr std::string_view kSchema = "muzn.leaf/1";
constexpr std::size_t kNameBytesMax = 64;
constexpr std::size_t kFactsDepthMax = 4;
constexpr std::size_t kHashDigits = 64;

// Of names: so that all JSON writers sort them alike.
bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kNameBytesMax && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

// Stands for itself in JSON, whoever writes it.
bool is_plain(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return c >= 0x20 && c <= 0x7e && c != '"' && c != '\\'; });
}

bool is_hash(std::string_view text) {
  return text.size() == kHashDigits && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

bool is_number(const Json& value) {
  return value.is_number_unsigned() && value.get<std::uint64_t>() <= kLeafNumberMax;
}

// Keys may be texts here, such as the names of services.
bool are_facts(const Json& value, std::size_t depth) {
  if (value.is_boolean() || is_number(value)) return true;
  if (value.is_string()) return is_plain(value.get_ref<const std::string&>());
  if (!value.is_object() || depth == 0) return false;
  return std::ranges::all_of(value.items(), [depth](const auto& item) {
    return is_plain(item.key()) && are_facts(item.value(), depth - 1);
  });
}

Json to_json(const Leaf& leaf) {
  return {{"schema", kSchema},
          {"class", leaf.leaf_class},
          {"kind", leaf.kind},
          {"account", leaf.account},
          {"sequence", leaf.sequence},
          {"time_micros", static_cast<std::uint64_t>(to_micros(leaf.time))},
          {"facts", leaf.facts},
          {"hidden", leaf.hidden}};
}

bool is_known_class(std::string_view name) {
  return name == kControlClass || name == kDataClass || name == kLogClass;
}

Result<void> check(const Leaf& leaf) {
  if (!is_name(leaf.leaf_class)) return fail(Code::kInvalid, "leaf: its class");
  if (!is_name(leaf.kind)) return fail(Code::kInvalid, "leaf: its kind");
  if (!leaf.account.empty() && !is_hash(leaf.account)) {
    return fail(Code::kInvalid, "leaf: its account");
  }
  if (leaf.sequence > kLeafNumberMax) return fail(Code::kInvalid, "leaf: its sequence");
  const std::int64_t micros = to_micros(leaf.time);
  if (micros < 0 || static_cast<std::uint64_t>(micros) > kLeafNumberMax) {
    return fail(Code::kInvalid, "leaf: its time");
  }
  if (!leaf.facts.is_object() || !are_facts(leaf.facts, kFactsDepthMax)) {
    return fail(Code::kInvalid, "leaf: its facts");
  }
  for (const auto& [name, value] : leaf.hidden) {
    if (!is_name(name) || !is_hash(value)) return fail(Code::kInvalid, "leaf: what it hides");
  }
  return {};
}

// The members, of which each has its type.
bool has_shape(const Json& json) {
  constexpr std::size_t kMembers = 8;
  if (!json.is_object() || json.size() != kMembers) return false;
  for (const char* name : {"schema", "class", "kind", "account"}) {
    if (!json.contains(name) || !json[name].is_string()) return false;
  }
  for (const char* name : {"sequence", "time_micros"}) {
    if (!json.contains(name) || !is_number(json[name])) return false;
  }
  for (const char* name : {"facts", "hidden"}) {
    if (!json.contains(name) || !json[name].is_object()) return false;
  }
  return std::ranges::all_of(json["hidden"], [](const Json& item) { return item.is_string(); });
}

}  // namespace

std::string encode_leaf(const Leaf& leaf) {
  CHECK(is_known_class(leaf.leaf_class) && check(leaf).has_value());
  std::string out = codec::dump_json(to_json(leaf));
  CHECK(out.size() <= kLeafBytesMax);
  return out;
}

Result<Leaf> decode_leaf(std::string_view entry) {
  if (entry.size() > kLeafBytesMax) return fail(Code::kLimit, "leaf: too long");
  TRY(const Json json, codec::parse_json(entry));
  if (json.is_object() && json.contains("schema") && json["schema"] != kSchema) {
    return fail(Code::kUnsupported, "leaf: of another schema");
  }
  if (!has_shape(json)) return fail(Code::kInvalid, "leaf: missing, unknown or wrong members");
  Leaf out{.leaf_class = json["class"],
           .kind = json["kind"],
           .account = json["account"],
           .sequence = json["sequence"],
           .time = from_micros(json["time_micros"].get<std::int64_t>()),
           .facts = json["facts"],
           .hidden = json["hidden"]};
  TRY_VOID(check(out));
  // One spelling: whoever hashes what it read hashes what was logged.
  if (codec::dump_json(to_json(out)) != entry) return fail(Code::kInvalid, "leaf: not canonical");
  if (!is_known_class(out.leaf_class)) return fail(Code::kUnsupported, "leaf: of another class");
  return out;
}

}  // namespace muzn::audit
