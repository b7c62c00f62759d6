#include "admin/requests.h"

#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "admin/request_fields.h"
#include "admin/requests_break_glass.h"
#include "admin/suspension.h"
#include "codec/date.h"
#include "control/break_glass_json.h"
#include "control/charter_check.h"
#include "control/charter_json.h"
#include "control/suspension_json.h"
#include "policy/acceptable_use.h"

namespace muzn::admin {
namespace {

using codec::Json;

// Lists are signed in one order. Errors of what is no list are told by who reads the charter.
Json sorted(const Json& list) {
  if (!list.is_array()) return list;
  std::vector<Json> items(list.begin(), list.end());
  std::ranges::sort(items);
  return items;
}
Json by_id(const Json& list) {
  if (!list.is_array()) return list;
  std::vector<Json> items(list.begin(), list.end());
  std::ranges::sort(items, {}, [](const Json& item) {
    return item.is_object() ? codec::json_string(item, "id") : std::string();
  });
  return items;
}

// What the server knows of a charter, so that nobody has to write it.
Result<control::Charter> draft(const control::State& state, Rng& rng, Json given) {
  TRY_VOID(only(given, {"account", "legal_name", "jurisdictions", "services", "purposes",
                        "default_purpose", "acceptable_use", "rules", "quotas", "contacts", "from",
                        "until", "prices", "signatory"}));
  TRY(const std::string account, text_field(given, "account"));
  const control::Charter* const before = state.charter(account);
  given["version"] = before == nullptr ? 1 : before->version + 1;
  given["nonce"] = fresh_nonce(rng);
  for (const char* name : {"from", "until"}) {
    TRY(const Time when, time_field(given, name));
    given.erase(name);
    given[std::string(name) + "_micros"] = to_micros(when);
  }
  for (const auto& [name, preset] : {std::pair<const char*, Json>{"default_purpose", ""},
                                     {"rules", ""},
                                     {"prices", ""},
                                     {"quotas", Json::object()},
                                     {"purposes", Json::array()}}) {
    if (!given.contains(name)) given[name] = preset;
  }
  if (given["rules"].is_object()) given["rules"] = codec::dump_json(given["rules"]);
  for (const char* name : {"jurisdictions", "services"}) {
    if (given.contains(name)) given[name] = sorted(given[name]);
  }
  if (given["purposes"].is_array()) {
    for (Json& purpose : given["purposes"]) {
      if (purpose.is_object() && purpose.contains("services")) {
        purpose["services"] = sorted(purpose["services"]);
      }
    }
    given["purposes"] = by_id(given["purposes"]);
  }
  TRY(control::Charter charter, control::read_charter(given));
  TRY_VOID(control::check_charter(charter));
  return charter;
}

Result<control::AppointOfficer> appointment(Time now, Rng& rng, const Json& asked) {
  TRY_VOID(only(asked, {"kind", "name", "public_key", "duties"}));
  control::Officer officer{
      .public_key = {}, .name = {}, .duties = {}, .appointed = now, .nonce = fresh_nonce(rng)};
  TRY(officer.name, text_field(asked, "name"));
  TRY(officer.public_key, text_field(asked, "public_key"));
  if (!asked.contains("duties") || !asked["duties"].is_array()) {
    return fail(Code::kInvalid, "field \"duties\" must be a list");
  }
  for (const Json& duty : asked["duties"]) {
    if (!duty.is_string()) return fail(Code::kInvalid, "a duty is a string");
    officer.duties.insert(duty.get<std::string>());
  }
  return control::AppointOfficer{.officer = std::move(officer), .approvals = {}};
}

Outcome failed(const Error& error) {
  return std::unexpected(to_failure(error));
}

Outcome prepare_appointment(const control::State& state, Time now, Rng& rng, const Json& asked) {
  const auto act = appointment(now, rng, asked);
  return act ? ready_to_sign(state, *act) : failed(act.error());
}

Outcome prepare_dismissal(const control::State& state, Time, Rng&, const Json& asked) {
  const auto known = only(asked, {"kind", "public_key"});
  if (!known) return failed(known.error());
  const auto key = text_field(asked, "public_key");
  if (!key) return failed(key.error());
  return ready_to_sign(state, control::DismissOfficer{.public_key = *key, .approvals = {}});
}

Outcome prepare_charter(const control::State& state, Time, Rng& rng, const Json& asked) {
  const auto known = only(asked, {"kind", "charter"});
  if (!known) return failed(known.error());
  const auto charter = draft(state, rng, asked.contains("charter") ? asked["charter"] : Json());
  if (!charter) return failed(charter.error());
  if (state.account(charter->account) == nullptr) return refuse(404, "NotFound", "no such account");
  return ready_to_sign(state, control::PutCharter{.charter = *charter, .approvals = {}});
}

constexpr auto kRequests = std::to_array<Request>({
    {"appoint_officer", prepare_appointment, control::read_appoint_officer},
    {"dismiss_officer", prepare_dismissal, control::read_dismiss_officer},
    {"put_charter", prepare_charter, control::read_put_charter},
    {"open_break_glass", prepare_open_break_glass, control::read_open_break_glass},
    {"close_break_glass", prepare_close_break_glass, control::read_close_break_glass},
    {audit::kGiveNotice, prepare_notice, control::read_give_notice},
    {audit::kDecideCase, prepare_decision, control::read_decide_case},
    {audit::kDecideAppeal, prepare_appeal_decision, control::read_decide_appeal},
    {audit::kRestrictAtOnce, prepare_emergency, control::read_restrict_at_once},
    {audit::kCloseExport, prepare_closed_export, control::read_close_export},
});

// nullptr: nobody signs such.
const Request* request_of(const Json& object) {
  const auto* const found =
      std::ranges::find(kRequests, codec::json_string(object, "kind"), &Request::kind);
  return found == kRequests.end() ? nullptr : found;
}

std::string kinds_in_words() {
  std::string out;
  for (const Request& one : kRequests) out.append(out.empty() ? "" : ", ").append(one.kind);
  return out;
}

}  // namespace

Outcome prepare(const control::State& state, Time now, Rng& rng, const Json& asked) {
  const Request* const request = request_of(asked);
  if (request != nullptr) return request->prepare(state, now, rng, asked);
  return refuse(400, "InvalidRequest", "\"kind\" must be one of " + kinds_in_words());
}

Result<control::ActBody> read_submitted(const Json& submitted) {
  TRY_VOID(only(submitted, {"request", "approvals"}));
  if (!submitted.contains("request") || !submitted["request"].is_object() ||
      !submitted["request"].contains("said") || !submitted["request"]["said"].is_object()) {
    return fail(Code::kInvalid, "field \"request\" must be what was prepared");
  }
  const Request* const request = request_of(submitted["request"]);
  if (request == nullptr) return fail(Code::kInvalid, "a request of no kind that is signed");
  Json body = submitted["request"]["said"];
  body["approvals"] = submitted.contains("approvals") ? submitted["approvals"] : Json::object();
  return request->read(body);
}

Json officers_json(const control::State& state) {
  Json list = Json::array();
  for (const auto& [key, officer] : state.officers.all) {
    list.push_back({{"public_key", key},
                    {"name", officer.name},
                    {"duties", officer.duties},
                    {"appointed", codec::iso8601_millis(officer.appointed)}});
  }
  return {{"officers", std::move(list)}};
}

Json charter_answer(const control::StoredCharter& stored) {
  Json out = control::charter_json(stored.charter);
  for (const char* name : {"from_micros", "until_micros"}) out.erase(name);
  out["from"] = codec::iso8601_millis(stored.charter.from);
  out["until"] = codec::iso8601_millis(stored.charter.until);
  out["ceiling"] = codec::parse_json(stored.text).value_or(Json());
  return out;
}

}  // namespace muzn::admin
