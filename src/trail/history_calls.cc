// ListPublicKeys and LookupEvents: what there was.
#include <algorithm>

#include "codec/base64.h"
#include "trail/calls.h"
#include "trail/keys.h"
#include "trail/lookup.h"

namespace muzn::trail {
namespace {

using codec::Json;

constexpr std::int64_t kHistoryDays = 90;
constexpr std::uint64_t kResultsMax = 50;

struct Range {
  Time from;
  Time to;
};

// What is not given is the last 90 days. Failures: InvalidTimeRangeException.
std::expected<Range, Failure> read_range(const Context& context, const Json& input) {
  const Time now = context.clock.now();
  TRY(const std::optional<Time> from, time_member(input, "StartTime"));
  TRY(const std::optional<Time> to, time_member(input, "EndTime"));
  const Range out{.from = from.value_or(now - std::chrono::days(kHistoryDays)),
                  .to = to.value_or(now)};
  if (out.from > out.to) {
    return refuse("InvalidTimeRangeException", "the start of the range is after its end");
  }
  return out;
}

std::expected<void, Failure> read_attribute(const Json& input, Lookup& lookup) {
  const auto found = input.find("LookupAttributes");
  if (found == input.end() || found->empty()) return {};
  const auto wrong = [](std::string what) {
    return refuse("InvalidLookupAttributesException", std::move(what));
  };
  if (!found->is_array() || found->size() != 1) return wrong("one attribute can be looked up");
  const Json& one = found->front();
  lookup.attribute = attribute_of(codec::json_string(one, "AttributeKey"));
  lookup.value = codec::json_string(one, "AttributeValue");
  if (!lookup.attribute || lookup.value.empty()) return wrong("no such attribute, or no value");
  return {};
}

}  // namespace

Task<Outcome> list_public_keys(Context context, Json input) {
  CO_TRY(const Range range, read_range(context, input));
  const auto keys = co_await list_keys(context.rows);
  if (!keys) co_return std::unexpected(to_failure(keys.error()));
  Json list = Json::array();
  for (const KeyRow& key : *keys) {
    if (key.to < range.from || key.from > range.to) continue;
    list.push_back({{"Value", codec::base64_encode(key.public_der)},
                    {"ValidityStartTime", to_seconds(key.from)},
                    {"ValidityEndTime", to_seconds(key.to)},
                    {"Fingerprint", fingerprint_of(key.public_der)}});
  }
  co_return Json{{"PublicKeyList", std::move(list)}};
}

Task<Outcome> lookup_events(Context context, Json input) {
  CO_TRY(const Range range, read_range(context, input));
  Lookup lookup{.account = context.account,
                .from = std::max(range.from, context.clock.now() - std::chrono::days(kHistoryDays)),
                .to = range.to,
                .attribute = {},
                .value = {},
                .limit = kResultsMax,
                .after = codec::json_string(input, "NextToken")};
  CO_TRY_VOID(read_attribute(input, lookup));
  const std::string category = codec::json_string(input, "EventCategory");
  if (!category.empty() && category != "insight") {
    co_return refuse("InvalidEventCategoryException", "the only category is insight");
  }
  if (const auto limit = input.find("MaxResults"); limit != input.end()) {
    const auto results = limit->is_number_unsigned() ? limit->get<std::uint64_t>() : 0;
    if (results < 1 || results > kResultsMax) {
      co_return refuse("InvalidMaxResultsException", "MaxResults is 1 to 50");
    }
    lookup.limit = results;
  }
  // There are none of insight.
  if (!category.empty()) co_return Json{{"Events", Json::array()}};
  auto page = co_await look_up(context.rows, std::move(lookup));
  if (!page && page.error().code == Code::kInvalid) {
    co_return refuse("InvalidNextTokenException", "NextToken is not of an earlier answer");
  }
  if (!page) co_return std::unexpected(to_failure(page.error()));
  Json out = {{"Events", std::move(page->events)}};
  if (!page->next.empty()) out["NextToken"] = page->next;
  co_return out;
}

}  // namespace muzn::trail
