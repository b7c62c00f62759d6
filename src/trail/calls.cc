#include "trail/calls.h"

#include <array>

#include "codec/date.h"
#include "trail/delivery.h"
#include "trail/rows.h"

namespace muzn::trail {
namespace {

using codec::Json;

constexpr std::size_t kTrailsMax = 5;  // of an account in a region, as on AWS

// --- reading ---

// What is known of the API and not built: silence would let a client rely on it.
std::expected<void, Failure> refuse_unsupported(const Json& input) {
  for (const char* member :
       {"SnsTopicName", "CloudWatchLogsLogGroupArn", "CloudWatchLogsRoleArn", "KmsKeyId"}) {
    if (!codec::json_string(input, member).empty()) {
      return refuse("UnsupportedOperationException", std::string(member) + " is not supported");
    }
  }
  if (codec::json_bool(input, "IsOrganizationTrail")) {
    return refuse("UnsupportedOperationException", "there are no organizations here");
  }
  if (input.contains("TagsList") && !input["TagsList"].empty()) {
    return refuse("UnsupportedOperationException", "trails have no tags here");
  }
  return {};
}

// Changes the trail to what the input says; what it does not say stays.
std::expected<void, Failure> read_trail(const Json& input, control::Trail& trail) {
  TRY_VOID(refuse_unsupported(input));
  trail.bucket = codec::json_string(input, "S3BucketName", trail.bucket);
  trail.prefix = codec::json_string(input, "S3KeyPrefix", trail.prefix);
  trail.global_events = codec::json_bool(input, "IncludeGlobalServiceEvents", trail.global_events);
  trail.multi_region = codec::json_bool(input, "IsMultiRegionTrail", trail.multi_region);
  trail.log_file_validation =
      codec::json_bool(input, "EnableLogFileValidation", trail.log_file_validation);
  if (!control::is_trail_prefix(trail.prefix)) {
    return refuse("InvalidS3PrefixException",
                  "a prefix has up to 200 printable ASCII characters, and no slash at an end");
  }
  if (trail.multi_region && !trail.global_events) {
    return refuse("InvalidParameterCombinationException",
                  "a trail of all regions includes global service events");
  }
  if (const auto checked = control::check_trail(trail); !checked) {
    return refuse("InvalidS3BucketNameException", checked.error().what);
  }
  return {};
}

// May the trail's files be written where they are to go?
Task<std::expected<void, Failure>> check_bucket(const Context& context,
                                                const control::Trail& trail) {
  const Place place{.account = trail.account,
                    .region = context.region,
                    .trail = trail.name,
                    .bucket = trail.bucket,
                    .prefix = trail.prefix};
  const auto checked = co_await context.outlet.check(
      trail.account, trail_arn(context.region, trail.account, trail.name), trail.bucket,
      log_file_key(place, context.clock.now(), "x"));
  if (checked) co_return std::expected<void, Failure>{};
  if (checked.error() == "NoSuchBucket") {
    co_return refuse("S3BucketDoesNotExistException",
                     "S3 bucket " + trail.bucket + " does not exist!");
  }
  if (checked.error() == "AccessDenied") {
    co_return refuse("InsufficientS3BucketPolicyException",
                     "Incorrect S3 bucket policy is detected for bucket: " + trail.bucket);
  }
  if (checked.error().starts_with(kResidencyFailure)) {
    co_return refuse("InsufficientS3BucketPolicyException", checked.error());
  }
  co_return std::unexpected(Failure{503, "ServiceUnavailable", "try again later", checked.error()});
}

// --- answers ---

Json trail_json(const Context& context, const control::Trail& trail) {
  Json out = {{"Name", trail.name},
              {"S3BucketName", trail.bucket},
              {"IncludeGlobalServiceEvents", trail.global_events},
              {"IsMultiRegionTrail", trail.multi_region},
              {"TrailARN", trail_arn(context.region, trail.account, trail.name)},
              {"LogFileValidationEnabled", trail.log_file_validation},
              {"IsOrganizationTrail", false}};
  if (!trail.prefix.empty()) out["S3KeyPrefix"] = trail.prefix;
  return out;
}

Json described(const Context& context, const control::Trail& trail) {
  Json out = trail_json(context, trail);
  out["HomeRegion"] = context.region;
  out["HasCustomEventSelectors"] =
      trail.selectors != std::vector<control::TrailSelector>{control::TrailSelector{}};
  out["HasInsightSelectors"] = false;
  return out;
}

void set_time(Json& out, const char* member, const std::optional<Time>& time) {
  if (time) out[member] = to_seconds(*time);
}
void set_time_text(Json& out, const char* member, const std::optional<Time>& time) {
  out[member] = time ? codec::iso8601_millis(*time) : "";
}

// The account's trails, by name.
std::vector<control::Trail> trails_of(const Context& context) {
  const control::Snapshot state = context.controller.state();
  std::vector<control::Trail> out;
  for (auto at = state->trails.lower_bound({context.account, ""});
       at != state->trails.end() && at->first.first == context.account; ++at) {
    out.push_back(at->second.trail);
  }
  return out;
}

// --- the calls ---

Task<Outcome> create_trail(Context context, Json input) {
  const std::string name = codec::json_string(input, "Name");
  if (!control::is_trail_name(name)) {
    co_return refuse("InvalidTrailNameException",
                     "a trail's name has 3 to 128 letters, digits and single . _ - between them");
  }
  control::Trail trail;
  trail.account = context.account;
  trail.name = name;
  trail.created = context.clock.now();
  CO_TRY_VOID(read_trail(input, trail));
  const std::vector<control::Trail> known = trails_of(context);
  for (const control::Trail& other : known) {
    if (other.name == name) {
      co_return refuse("TrailAlreadyExistsException",
                       "Trail " + name + " already exists for customer: " + context.account);
    }
  }
  if (known.size() >= kTrailsMax) {
    co_return refuse("MaximumNumberOfTrailsExceededException", "an account has at most 5 trails");
  }
  CO_TRY_VOID(co_await check_bucket(context, trail));
  CO_TRY_VOID(co_await propose(context, control::PutTrail{trail}));
  co_return trail_json(context, trail);
}

Task<Outcome> update_trail(Context context, Json input) {
  CO_TRY(control::StoredTrail stored, find_trail(context, input));
  CO_TRY_VOID(read_trail(input, stored.trail));
  CO_TRY_VOID(co_await check_bucket(context, stored.trail));
  CO_TRY_VOID(co_await propose(context, control::PutTrail{stored.trail}));
  co_return trail_json(context, stored.trail);
}

Task<Outcome> delete_trail(Context context, Json input) {
  CO_TRY(const control::StoredTrail stored, find_trail(context, input));
  CO_TRY_VOID(
      co_await propose(context, control::DeleteTrail{stored.trail.account, stored.trail.name}));
  co_return Json::object();
}

Task<Outcome> describe_trails(Context context, Json input) {
  Json list = Json::array();
  const auto names = input.find("trailNameList");
  if (names == input.end() || !names->is_array() || names->empty()) {
    for (const control::Trail& trail : trails_of(context)) {
      list.push_back(described(context, trail));
    }
    co_return Json{{"trailList", std::move(list)}};
  }
  for (const Json& given : *names) {
    if (!given.is_string()) co_return refuse("SerializationException", "names are strings");
    // Names that are none of a trail are left out, as on AWS; what is no name is an error.
    const auto name = trail_name(context, given.get<std::string>());
    if (!name && name.error().code != "TrailNotFoundException") {
      co_return std::unexpected(name.error());
    }
    const control::Snapshot state = context.controller.state();
    const auto* const stored = name ? state->trail(context.account, *name) : nullptr;
    if (stored != nullptr) list.push_back(described(context, stored->trail));
  }
  co_return Json{{"trailList", std::move(list)}};
}

Task<Outcome> get_trail(Context context, Json input) {
  CO_TRY(const control::StoredTrail stored, find_trail(context, input));
  co_return Json{{"Trail", described(context, stored.trail)}};
}

Task<Outcome> list_trails(Context context, Json input) {
  static_cast<void>(input);  // there is one page
  Json list = Json::array();
  for (const control::Trail& trail : trails_of(context)) {
    list.push_back({{"TrailARN", trail_arn(context.region, trail.account, trail.name)},
                    {"Name", trail.name},
                    {"HomeRegion", context.region}});
  }
  co_return Json{{"Trails", std::move(list)}};
}

Task<Outcome> set_logging(Context context, Json input, bool logging) {
  CO_TRY(const control::StoredTrail stored, find_trail(context, input));
  CO_TRY_VOID(co_await propose(context, control::SetTrailLogging{.account = stored.trail.account,
                                                                 .name = stored.trail.name,
                                                                 .logging = logging,
                                                                 .at = context.clock.now()}));
  co_return Json::object();
}
Task<Outcome> start_logging(Context context, Json input) {
  return set_logging(std::move(context), std::move(input), true);
}
Task<Outcome> stop_logging(Context context, Json input) {
  return set_logging(std::move(context), std::move(input), false);
}

Task<Outcome> get_trail_status(Context context, Json input) {
  CO_TRY(const control::StoredTrail stored, find_trail(context, input));
  auto row =
      co_await context.rows.get(kTrailShard, state_row({stored.trail.account, stored.trail.name}));
  if (!row) co_return std::unexpected(to_failure(row.error()));
  TrailState state;
  if (*row) {
    auto read = decode_state(**row);
    if (!read) co_return std::unexpected(to_failure(read.error()));
    if (read->created == stored.trail.created) state = std::move(*read);
  }
  if (state.error.empty() && state.lost > 0) state.error = "EventsLost";
  Json out = {{"IsLogging", stored.logging},
              {"LatestDeliveryAttemptSucceeded", ""},
              {"LatestNotificationAttemptTime", ""},
              {"LatestNotificationAttemptSucceeded", ""}};
  set_time(out, "LatestDeliveryTime", state.delivered);
  set_time(out, "StartLoggingTime", stored.started);
  set_time(out, "StopLoggingTime", stored.stopped);
  set_time(out, "LatestDigestDeliveryTime", state.digested);
  set_time_text(out, "TimeLoggingStarted", stored.started);
  set_time_text(out, "TimeLoggingStopped", stored.stopped);
  set_time_text(out, "LatestDeliveryAttemptTime", state.attempted);
  if (!state.error.empty()) out["LatestDeliveryError"] = state.error;
  if (!state.digest_error.empty()) out["LatestDigestDeliveryError"] = state.digest_error;
  if (state.error.empty()) set_time_text(out, "LatestDeliveryAttemptSucceeded", state.delivered);
  co_return out;
}

constexpr std::array kCalls = std::to_array<CallInfo>({
    {"CreateTrail", "Name", create_trail},
    {"DeleteTrail", "Name", delete_trail},
    {"DescribeTrails", nullptr, describe_trails},
    {"GetEventSelectors", "TrailName", get_event_selectors},
    {"GetTrail", "Name", get_trail},
    {"GetTrailStatus", "Name", get_trail_status},
    {"ListPublicKeys", nullptr, list_public_keys},
    {"ListTrails", nullptr, list_trails},
    {"LookupEvents", nullptr, lookup_events},
    {"PutEventSelectors", "TrailName", put_event_selectors},
    {"StartLogging", "Name", start_logging},
    {"StopLogging", "Name", stop_logging},
    {"UpdateTrail", "Name", update_trail},
});

}  // namespace

std::span<const CallInfo> calls() {
  return kCalls;
}

double to_seconds(Time time) {
  return static_cast<double>(to_micros(time)) / 1e6;
}

std::expected<std::optional<Time>, Failure> time_member(const Json& input, const char* member) {
  const auto found = input.find(member);
  if (found == input.end() || found->is_null()) return std::nullopt;
  constexpr double kYear9999 = 253'402'300'799.0;
  if (found->is_number()) {
    const double seconds = found->get<double>();
    if (seconds >= 0 && seconds <= kYear9999) {
      return from_micros(static_cast<std::int64_t>(seconds * 1e6));
    }
  }
  if (found->is_string()) {
    const Result<Time> time = codec::parse_iso8601(found->get<std::string>());
    if (time && *time >= Time{}) return *time;
  }
  return refuse("SerializationException", std::string(member) + " is not a time");
}

std::expected<std::string, Failure> trail_name(const Context& context, const std::string& given) {
  constexpr std::string_view kTrail = ":trail/";
  if (!given.starts_with("arn:")) {
    if (control::is_trail_name(given)) return given;
    return refuse("InvalidTrailNameException", "no trail has such a name");
  }
  const std::size_t at = given.find(kTrail);
  std::string name = at == std::string::npos ? "" : given.substr(at + kTrail.size());
  if (!given.starts_with("arn:aws:cloudtrail:") || !control::is_trail_name(name)) {
    return refuse("CloudTrailARNInvalidException", "not an ARN of a trail");
  }
  if (given != trail_arn(context.region, context.account, name)) {
    return refuse("TrailNotFoundException", "Unknown trail: " + given);
  }
  return name;
}

std::expected<control::StoredTrail, Failure> find_trail(const Context& context, const Json& input,
                                                        const char* member) {
  TRY(const std::string name, trail_name(context, codec::json_string(input, member)));
  const control::Snapshot state = context.controller.state();
  const control::StoredTrail* const stored = state->trail(context.account, name);
  if (stored == nullptr) {
    return refuse("TrailNotFoundException",
                  "Unknown trail: " + trail_arn(context.region, context.account, name) +
                      " for the user: " + context.account);
  }
  return *stored;
}

Task<std::expected<void, Failure>> propose(const Context& context, control::ActBody act) {
  const auto done =
      co_await context.controller.propose(context.actor, context.record.request_id, std::move(act));
  if (!done) co_return std::unexpected(to_failure(done.error()));
  co_return std::expected<void, Failure>{};
}

}  // namespace muzn::trail
