#include "s3/post_policy.h"

#include <algorithm>
#include <array>

#include "codec/base64.h"
#include "codec/date.h"
#include "codec/json.h"
#include "crypto/digest.h"
#include "http/grammar.h"
#include "s3/header_list.h"

namespace muzn::s3 {
namespace {

constexpr std::string_view kRange = "content-length-range";

std::unexpected<Error> invalid(std::string_view what) {
  return refuse(ErrorCode::kInvalidPolicyDocument, "Invalid Policy: " + std::string(what));
}

std::unexpected<Error> not_by_policy(const std::string& what) {
  return refuse(ErrorCode::kAccessDenied, "Invalid according to Policy: " + what);
}

// AWS lets policies write a dollar sign as "\$", which JSON does not know.
std::string without_escaped_dollars(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) {
      if (text[i + 1] != '$') out.push_back('\\');
      ++i;
    }
    out.push_back(text[i]);
  }
  return out;
}

std::string_view text_of(const codec::Json& value) {
  const auto* const text = value.get_ptr<const std::string*>();
  return text == nullptr ? std::string_view() : std::string_view(*text);
}

// A number, or a text of digits as some clients send it.
std::optional<std::uint64_t> size_of(const codec::Json& value) {
  if (value.is_number_unsigned()) return value.get<std::uint64_t>();
  return http::parse_decimal(text_of(value));
}

Outcome<void> take_range(const codec::Json& condition, PostPolicy& policy) {
  const auto min = condition.size() == 3 ? size_of(condition[1]) : std::nullopt;
  const auto max = condition.size() == 3 ? size_of(condition[2]) : std::nullopt;
  if (!min || !max || *min > *max) {
    return invalid("Invalid content-length-range: it needs a minimum and a maximum.");
  }
  policy.size_min = std::max(policy.size_min, *min);
  policy.size_max = std::min(policy.size_max, *max);
  return {};
}

// ["eq", "$field", "value"]
Outcome<void> take_list(const codec::Json& condition, PostPolicy& policy) {
  const std::string kind = lower(condition.empty() ? "" : text_of(condition[0]));
  if (kind == kRange) return take_range(condition, policy);
  if (kind != "eq" && kind != "starts-with") return invalid("Invalid condition operation.");
  const bool texts = condition.size() == 3 && condition[1].is_string() && condition[2].is_string();
  if (!texts || !text_of(condition[1]).starts_with('$')) {
    return invalid("Invalid condition: it needs a $field and a value.");
  }
  policy.conditions.push_back({.prefix = kind != "eq",
                               .field = lower(text_of(condition[1]).substr(1)),
                               .value = std::string(text_of(condition[2]))});
  return {};
}

// {"field": "value"}
Outcome<void> take_object(const codec::Json& condition, PostPolicy& policy) {
  if (condition.size() != 1) {
    return invalid(
        "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.");
  }
  const auto item = condition.begin();
  if (!item->is_string()) return invalid("Invalid Simple-Condition: value must be a string.");
  policy.conditions.push_back(
      {.prefix = false, .field = lower(item.key()), .value = std::string(text_of(*item))});
  return {};
}

Outcome<void> take_condition(const codec::Json& condition, PostPolicy& policy) {
  if (condition.is_array()) return take_list(condition, policy);
  if (condition.is_object()) return take_object(condition, policy);
  return invalid("Conditions must be lists or objects.");
}

// AWS: "Content-Types values for a starts-with condition that include commas are interpreted as
// lists. Each value in the list must meet the condition".
bool starts_with(const PostCondition& condition, std::string_view value) {
  if (condition.field != "content-type") return value.starts_with(condition.value);
  const auto items = list_items(value);
  if (items.empty()) return value.starts_with(condition.value);
  return std::ranges::all_of(
      items, [&condition](std::string_view item) { return item.starts_with(condition.value); });
}

// A field that is not there starts with nothing, and is equal to nothing at all.
bool holds(const PostCondition& condition, const http::Headers& fields) {
  const auto value = fields.get(condition.field);
  if (condition.prefix) return starts_with(condition, value.value_or(""));
  return value == condition.value;
}

std::string shown(const PostCondition& condition) {
  const codec::Json list = {condition.prefix ? "starts-with" : "eq", "$" + condition.field,
                            condition.value};
  return codec::dump_json(list);
}

// What a form may hold that no condition speaks of. Checksums too: they only ask for more care.
bool needs_no_condition(std::string_view field) {
  constexpr std::array<std::string_view, 5> kFree = {"policy", "x-amz-signature", "file",
                                                     "awsaccesskeyid", "signature"};
  return field.starts_with("x-ignore-") || std::ranges::find(kFree, field) != kFree.end() ||
         crypto::algorithm_from_header(field).has_value();
}

}  // namespace

Outcome<PostPolicy> parse_post_policy(std::string_view base64) {
  const auto document = codec::base64_decode(base64);
  if (!document) return invalid("Invalid Base64.");
  const auto json = codec::parse_json(without_escaped_dollars(*document));
  if (!json || !json->is_object()) return invalid("Invalid JSON.");
  PostPolicy policy;
  const std::string expiration = codec::json_string(*json, "expiration");
  const auto time = codec::parse_iso8601(expiration);
  if (!time) {
    return invalid(json->contains("expiration") ? "Invalid 'expiration' value: '" + expiration + "'"
                                                : "Policy missing expiration.");
  }
  policy.expiration = *time;
  const auto conditions = json->find("conditions");
  if (conditions == json->end() || !conditions->is_array()) {
    return invalid("Expecting conditions list.");
  }
  for (const codec::Json& condition : *conditions) TRY_VOID(take_condition(condition, policy));
  return policy;
}

Outcome<void> check_post_policy(const PostPolicy& policy, const http::Headers& fields, Time now) {
  if (now >= policy.expiration) return not_by_policy("Policy expired.");
  for (const PostCondition& condition : policy.conditions) {
    if (holds(condition, fields)) continue;
    return not_by_policy("Policy Condition failed: " + shown(condition));
  }
  for (const http::Header field : fields.all()) {
    const std::string name = lower(field.name);
    if (needs_no_condition(name)) continue;
    if (std::ranges::find(policy.conditions, name, &PostCondition::field) ==
        policy.conditions.end()) {
      return not_by_policy("Extra input fields: " + name);
    }
  }
  return {};
}

}  // namespace muzn::s3
