#include "trail/lookup.h"

#include <algorithm>
#include <array>

#include "codec/base64.h"
#include "codec/date.h"
#include "trail/rows.h"

namespace muzn::trail {
namespace {

using codec::Json;

constexpr std::size_t kPageRows = 100;     // a scan
constexpr std::size_t kLookedMax = 2'000;  // rows, a call
constexpr std::size_t kLookedBytesMax = 8U << 20;

// In the order of Attribute.
constexpr std::array<std::string_view, 8> kAttributes = {
    "EventId",      "EventName",    "ReadOnly",    "Username",
    "ResourceType", "ResourceName", "EventSource", "AccessKeyId"};

// "arn:aws:s3:::bucket/key" -> "bucket/key"; other ARNs and names are what they are.
std::string short_name(const std::string& arn) {
  constexpr std::string_view kS3 = "arn:aws:s3:::";
  return arn.starts_with(kS3) ? arn.substr(kS3.size()) : arn;
}

std::string user_of(const Json& identity) {
  const std::string type = codec::json_string(identity, "type");
  if (type == "Root") return "root";
  if (type == "AssumedRole") {  // AWS: the name of the session
    const std::string id = codec::json_string(identity, "principalId");
    return id.substr(id.find(':') + 1);
  }
  return codec::json_string(identity, "userName");
}

Json resources_of(const Json& event) {
  Json out = Json::array();
  const auto found = event.find("resources");
  if (found == event.end() || !found->is_array()) return out;
  for (const Json& one : *found) {
    out.push_back({{"ResourceType", codec::json_string(one, "type")},
                   {"ResourceName", short_name(codec::json_string(one, "ARN"))}});
  }
  return out;
}

Json show(const Json& event, std::string_view text) {
  const Json identity = event.value("userIdentity", Json::object());
  const Result<Time> time = codec::parse_iso8601(codec::json_string(event, "eventTime"));
  Json out = {{"EventId", codec::json_string(event, "eventID")},
              {"EventName", codec::json_string(event, "eventName")},
              {"ReadOnly", codec::json_bool(event, "readOnly") ? "true" : "false"},
              {"EventTime", static_cast<double>(to_micros(time.value_or(Time{}))) / 1e6},
              {"EventSource", codec::json_string(event, "eventSource")},
              {"Username", user_of(identity)},
              {"Resources", resources_of(event)},
              {"CloudTrailEvent", text}};
  const std::string access_key = codec::json_string(identity, "accessKeyId");
  if (!access_key.empty()) out["AccessKeyId"] = access_key;
  return out;
}

bool any_resource(const Json& shown_event, const char* member, std::string_view value) {
  return std::ranges::any_of(shown_event["Resources"], [&](const Json& one) {
    return codec::json_string(one, member) == value;
  });
}

bool matches(const Json& shown_event, Attribute attribute, std::string_view value) {
  switch (attribute) {
    case Attribute::kResourceType:
      return any_resource(shown_event, "ResourceType", value);
    case Attribute::kResourceName:
      return any_resource(shown_event, "ResourceName", value) ||
             any_resource(shown_event, "ResourceName", short_name(std::string(value)));
    default: {
      const std::string member(kAttributes[static_cast<std::size_t>(attribute)]);
      return codec::json_string(shown_event, member.c_str()) == value;
    }
  }
}

// What a page has room for, and a call time.
class PageRoom {
 public:
  explicit PageRoom(const Lookup& lookup) : lookup_(lookup) {}

  // Whether there is room for one more; the first always has it.
  bool take(const Json& event) {
    const std::size_t size = codec::dump_json(event).size() + 1;  // and a comma
    if (events_ > 0 && bytes_ + size > lookup_.bytes_max) return false;
    bytes_ += size;
    ++events_;
    return true;
  }
  // Another row was looked at, with what it held; true: it was the last.
  bool has_seen(std::size_t bytes) {
    ++looked_;
    looked_bytes_ += bytes;
    return events_ == lookup_.limit || looked_ >= kLookedMax || looked_bytes_ >= kLookedBytesMax;
  }

 private:
  const Lookup& lookup_;
  std::size_t events_ = 0;
  std::size_t bytes_ = 0;  // of those events
  std::size_t looked_ = 0;
  std::size_t looked_bytes_ = 0;
};

}  // namespace

std::optional<Attribute> attribute_of(std::string_view name) {
  const auto* const found = std::ranges::find(kAttributes, name);
  if (found == kAttributes.end()) return std::nullopt;
  return static_cast<Attribute>(found - kAttributes.begin());
}

std::optional<Json> shown(std::string_view event, const std::optional<Attribute>& attribute,
                          std::string_view value) {
  const Result<Json> read = codec::parse_json(event);
  if (!read || !read->is_object()) return std::nullopt;
  Json out = show(*read, event);
  if (attribute && !matches(out, *attribute, value)) return std::nullopt;
  return out;
}

Task<Result<LookupPage>> look_up(meta::Store& rows, Lookup lookup) {
  const std::string from = event_row(lookup.account, lookup.from, 0);
  std::string to =
      event_row(lookup.account, lookup.to + std::chrono::microseconds(1), 0);  // exclusive
  if (!lookup.after.empty()) {
    const Result<std::string> place = codec::hex_decode(lookup.after);
    if (!place) co_return fail(Code::kInvalid, "no place in these events");
    const std::string key = events_prefix(lookup.account) + *place;
    if (key.size() != from.size()) co_return fail(Code::kInvalid, "no place in these events");
    to = std::min(to, key);
  }
  LookupPage out;
  PageRoom room(lookup);
  for (bool is_over = false; !is_over && from < to;) {
    CO_TRY(const std::vector<meta::Row> page,
           co_await rows.scan_back(kTrailShard, from, to, kPageRows));
    for (const meta::Row& row : page) {
      auto event = shown(row.value, lookup.attribute, lookup.value);
      is_over = event && !room.take(*event);
      if (is_over) break;  // the next page begins with it
      if (event) out.events.push_back(std::move(*event));
      to = row.key;
      is_over = room.has_seen(row.value.size());
      if (is_over) break;
    }
    if (page.size() < kPageRows && !is_over) co_return out;
  }
  if (from < to) {
    out.next = codec::hex_encode(std::string_view(to).substr(1 + kAccountChars));
  }
  co_return out;
}

}  // namespace muzn::trail
