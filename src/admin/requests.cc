#include "admin/requests.h"

#include <algorithm>
#include <set>
#include <vector>

#include "codec/base64.h"
#include "codec/date.h"
#include "control/charter_check.h"
#include "control/charter_json.h"
#include "policy/acceptable_use.h"

namespace muzn::admin {
namespace {

using codec::Json;

constexpr std::size_t kNonceBytes = 32;

std::string nonce(Rng& rng) {
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

Result<std::string> text(const Json& object, const char* name) {
  if (!object.contains(name) || !object[name].is_string()) {
    return fail(Code::kInvalid, std::string("field \"") + name + "\" must be a string");
  }
  return object[name].get<std::string>();
}

Result<Time> time(const Json& object, const char* name) {
  TRY(const std::string said, text(object, name));
  const auto read = codec::parse_iso8601(said);
  if (!read) {
    return fail(Code::kInvalid,
                std::string("field \"") + name + "\" must be a time: 2027-01-01T00:00:00Z");
  }
  return *read;
}

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
  TRY(const std::string account, text(given, "account"));
  const control::Charter* const before = state.charter(account);
  given["version"] = before == nullptr ? 1 : before->version + 1;
  given["nonce"] = nonce(rng);
  for (const char* name : {"from", "until"}) {
    TRY(const Time when, time(given, name));
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
      .public_key = {}, .name = {}, .duties = {}, .appointed = now, .nonce = nonce(rng)};
  TRY(officer.name, text(asked, "name"));
  TRY(officer.public_key, text(asked, "public_key"));
  if (!asked.contains("duties") || !asked["duties"].is_array()) {
    return fail(Code::kInvalid, "field \"duties\" must be a list");
  }
  for (const Json& duty : asked["duties"]) {
    if (!duty.is_string()) return fail(Code::kInvalid, "a duty is a string");
    officer.duties.insert(duty.get<std::string>());
  }
  return control::AppointOfficer{.officer = std::move(officer), .approvals = {}};
}

// As it is handed to those who sign: the act, and the statement that binds it.
template <class Act>
Outcome ready(const control::State& state, const Act& act) {
  const audit::Subject subject = control::subject_of(state, act);
  return Json{{"kind", subject.kind},
              {"said", control::said_json(act)},
              {"installation", subject.installation},
              {"about", subject.about},
              {"step", subject.step},
              {"body", subject.body},
              {"statement", audit::statement(subject)}};
}

Outcome failed(const Error& error) {
  return std::unexpected(to_failure(error));
}

}  // namespace

Outcome prepare(const control::State& state, Time now, Rng& rng, const Json& asked) {
  const std::string kind = codec::json_string(asked, "kind");
  if (kind == "appoint_officer") {
    const auto act = appointment(now, rng, asked);
    return act ? ready(state, *act) : failed(act.error());
  }
  if (kind == "dismiss_officer") {
    const auto known = only(asked, {"kind", "public_key"});
    if (!known) return failed(known.error());
    const auto key = text(asked, "public_key");
    if (!key) return failed(key.error());
    return ready(state, control::DismissOfficer{.public_key = *key, .approvals = {}});
  }
  if (kind == "put_charter") {
    const auto known = only(asked, {"kind", "charter"});
    if (!known) return failed(known.error());
    const auto charter = draft(state, rng, asked.contains("charter") ? asked["charter"] : Json());
    if (!charter) return failed(charter.error());
    if (state.account(charter->account) == nullptr) {
      return refuse(404, "NotFound", "no such account");
    }
    return ready(state, control::PutCharter{.charter = *charter, .approvals = {}});
  }
  return refuse(400, "InvalidRequest",
                "\"kind\" must be appoint_officer, dismiss_officer or put_charter");
}

Result<control::ActBody> read_submitted(const Json& submitted) {
  TRY_VOID(only(submitted, {"request", "approvals"}));
  if (!submitted.contains("request") || !submitted["request"].is_object() ||
      !submitted["request"].contains("said") || !submitted["request"]["said"].is_object()) {
    return fail(Code::kInvalid, "field \"request\" must be what was prepared");
  }
  const Json& request = submitted["request"];
  Json body = request["said"];
  body["approvals"] = submitted.contains("approvals") ? submitted["approvals"] : Json::object();
  const std::string kind = codec::json_string(request, "kind");
  if (kind == "appoint_officer") return control::read_appoint_officer(body);
  if (kind == "dismiss_officer") return control::read_dismiss_officer(body);
  if (kind == "put_charter") return control::read_put_charter(body);
  return fail(Code::kInvalid, "a request of no kind that is signed");
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
