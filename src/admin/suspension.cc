#include "admin/suspension.h"

#include "codec/date.h"

namespace muzn::admin {
namespace {

using codec::Json;

Json when(Time time) {
  return time == Time{} ? Json() : Json(codec::iso8601_millis(time));
}

Json step_json(const control::ToldStep& step) {
  Json out = {{"act", step.act}, {"time", when(step.time)}, {"kind", step.kind}};
  for (const auto& [name, value] : {std::pair<const char*, const std::string*>{"what", &step.what},
                                    {"rung", &step.rung},
                                    {"rule", &step.rule},
                                    {"authority", &step.authority},
                                    {"ticket", &step.ticket}}) {
    if (!value->empty()) out[name] = *value;
  }
  out["hashes"] = step.hashes;
  if (step.until != Time{}) out["until"] = when(step.until);
  return out;
}

Json case_json(const control::StoredCase& one) {
  const audit::Case& now = one.now;
  Json out = {{"case", one.id},
              {"account", now.account},
              {"stage", audit::stage_name(now.stage)},
              {"restriction", audit::rung_name(now.rung)},
              {"services", now.services},
              {"steps", Json::array()}};
  if (now.stage == audit::Stage::kNoticed) out["reply_until"] = when(now.reply_until);
  if (now.decided != Time{} && now.is_open()) out["appeal_until"] = when(now.appeal_until());
  if (now.is_appeal_open) out["appeal"] = "not decided yet";
  if (now.stage == audit::Stage::kTerminated) out["export_until"] = when(now.export_until);
  if (now.export_closed) out["export_closed_until"] = when(*now.export_closed);
  if (now.emergency) {
    out["at_once"] = {{"restriction", audit::rung_name(now.emergency->rung)},
                      {"until", when(now.emergency->until)}};
  }
  for (const control::ToldStep& step : one.steps) out["steps"].push_back(step_json(step));
  return out;
}

}  // namespace

Json cases_json(const control::State& state, const std::string& account) {
  Json list = Json::array();
  for (const auto& [id, one] : state.cases) {
    if (account.empty() || one.now.account == account) list.push_back(case_json(one));
  }
  return {{"cases", std::move(list)}};
}

Json complaints_json(const control::State& state) {
  Json list = Json::array();
  for (const auto& [ticket, one] : state.complaints) {
    list.push_back({{"ticket", ticket}, {"time", when(one.time)}, {"act", one.act}});
  }
  return {{"complaints", std::move(list)}};
}

Task<Outcome> case_answer(control::Controller& controller, std::string account, std::string id) {
  const control::Snapshot state = controller.state();
  const control::StoredCase* const one = state->case_of_id(id);
  if (one == nullptr || one->now.account != account) {
    co_return refuse(404, "NotFound", "the account has no such case");
  }
  Json out = case_json(*one);
  for (Json& step : out["steps"]) {
    if (step["kind"] != audit::kAnswerCase) continue;
    const auto text = co_await controller.private_text(step["act"].get<std::uint64_t>());
    if (!text) co_return std::unexpected(to_failure(text.error()));
    step["text"] = *text ? Json(**text) : Json();
  }
  co_return out;
}

Task<Outcome> complaint_answer(control::Controller& controller, std::string ticket) {
  const control::Snapshot state = controller.state();
  const auto found = state->complaints.find(ticket);
  if (found == state->complaints.end()) co_return refuse(404, "NotFound", "no such ticket");
  const auto text = co_await controller.private_text(found->second.act);
  if (!text) co_return std::unexpected(to_failure(text.error()));
  Json out = {{"ticket", ticket},
              {"time", when(found->second.time)},
              {"act", found->second.act},
              {"complaint", nullptr}};
  if (*text) out["complaint"] = codec::parse_json(**text).value_or(Json());
  co_return out;
}

Result<GivenAnswer> read_answer(const Json& body) {
  TRY_VOID(only(body, {"answer", "text"}));
  GivenAnswer out;
  TRY(out.what, text_field(body, "answer"));
  TRY(out.text, text_field(body, "text"));
  if (out.text.size() > control::kAnswerBytesMax) {
    return fail(Code::kLimit,
                "an answer has at most 16 KiB: hand in more elsewhere, and its hash here");
  }
  return out;
}

}  // namespace muzn::admin
