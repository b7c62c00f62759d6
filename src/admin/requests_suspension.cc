// Steps of cases, made ready to be signed.
#include "admin/suspension.h"
#include "codec/base64.h"
#include "control/suspension_json.h"

namespace muzn::admin {
namespace {

using codec::Json;

constexpr std::size_t kCaseIdBytes = 16;

Outcome failed(const Error& error) {
  return std::unexpected(to_failure(error));
}

Result<std::string> text_or(const Json& object, const char* name) {
  return object.contains(name) ? text_field(object, name) : Result<std::string>("");
}

Result<std::set<std::string>> set_field(const Json& object, const char* name) {
  std::set<std::string> out;
  if (!object.contains(name)) return out;
  if (!object[name].is_array()) {
    return fail(Code::kInvalid, std::string("field \"") + name + "\" must be a list");
  }
  for (const Json& item : object[name]) {
    if (!item.is_string()) {
      return fail(Code::kInvalid, std::string("field \"") + name + "\" is a list of strings");
    }
    out.insert(item.get<std::string>());
  }
  return out;
}

Result<audit::Rung> rung_field(const Json& object) {
  TRY(const std::string name, text_or(object, "rung"));
  if (name.empty()) return audit::Rung::kNone;
  const auto found = audit::rung_of(name);
  if (found) return *found;
  return fail(Code::kInvalid, "field \"rung\" must be no_ai, no_writes or read_and_export");
}

// Where the next step of a case stands. What opens one names the account.
Result<control::CaseRef> next_step(const control::State& state, Rng& rng, const Json& asked) {
  control::CaseRef out{.account = {}, .id = {}, .step = 0, .nonce = fresh_nonce(rng)};
  TRY(out.id, text_or(asked, "case"));
  if (!out.id.empty()) {
    const control::StoredCase* const one = state.case_of_id(out.id);
    if (one == nullptr) return fail(Code::kNotFound, "no such case");
    out.account = one->now.account;
    out.step = one->now.steps;
    return out;
  }
  TRY(out.account, text_field(asked, "account"));
  if (state.account(out.account) == nullptr) return fail(Code::kNotFound, "no such account");
  out.id = codec::hex_encode(rng.bytes(kCaseIdBytes));
  return out;
}

Result<control::GiveNotice> notice(const control::State& state, Rng& rng, const Json& asked) {
  TRY_VOID(only(asked, {"kind", "account", "case", "services", "rule", "evidence", "authority",
                        "ticket", "reply_until"}));
  control::GiveNotice out;
  TRY(out.at, next_step(state, rng, asked));
  TRY(out.services, set_field(asked, "services"));
  TRY(out.rule, text_field(asked, "rule"));
  TRY(out.evidence, set_field(asked, "evidence"));
  TRY(out.authority, text_field(asked, "authority"));
  TRY(out.ticket, text_or(asked, "ticket"));
  TRY(out.reply_until, time_field(asked, "reply_until"));
  return out;
}

// What opens no case names one.
Result<control::CaseRef> known_case(const control::State& state, Rng& rng, const Json& asked) {
  TRY_VOID(text_field(asked, "case"));
  return next_step(state, rng, asked);
}

Result<control::DecideCase> decision(const control::State& state, Rng& rng, const Json& asked) {
  TRY_VOID(only(asked, {"kind", "case", "decision", "rung", "export_until", "reasons"}));
  control::DecideCase out;
  TRY(out.at, known_case(state, rng, asked));
  TRY(out.what, text_field(asked, "decision"));
  TRY(out.rung, rung_field(asked));
  if (asked.contains("export_until")) {
    TRY(out.export_until, time_field(asked, "export_until"));
  }
  TRY(out.reasons, text_field(asked, "reasons"));
  return out;
}

Result<control::DecideAppeal> appeal(const control::State& state, Rng& rng, const Json& asked) {
  TRY_VOID(only(asked, {"kind", "case", "decision", "rung", "reasons"}));
  control::DecideAppeal out;
  TRY(out.at, known_case(state, rng, asked));
  TRY(out.what, text_field(asked, "decision"));
  TRY(out.rung, rung_field(asked));
  TRY(out.reasons, text_field(asked, "reasons"));
  return out;
}

Result<control::RestrictAtOnce> emergency(const control::State& state, Rng& rng,
                                          const Json& asked) {
  TRY_VOID(only(asked, {"kind", "account", "case", "services", "rung", "rule", "evidence",
                        "authority", "until"}));
  control::RestrictAtOnce out;
  TRY(out.at, next_step(state, rng, asked));
  TRY(out.services, set_field(asked, "services"));
  TRY(out.rung, rung_field(asked));
  TRY(out.rule, text_field(asked, "rule"));
  TRY(out.evidence, set_field(asked, "evidence"));
  TRY(out.authority, text_field(asked, "authority"));
  TRY(out.until, time_field(asked, "until"));
  return out;
}

Result<control::CloseExport> order(const control::State& state, Rng& rng, const Json& asked) {
  TRY_VOID(only(asked, {"kind", "case", "authority", "order", "until"}));
  control::CloseExport out;
  TRY(out.at, known_case(state, rng, asked));
  TRY(out.authority, text_field(asked, "authority"));
  TRY(out.order, text_field(asked, "order"));
  TRY(out.until, time_field(asked, "until"));
  return out;
}

template <class Act>
Outcome ready(const control::State& state, const Result<Act>& act) {
  if (!act) return failed(act.error());
  using control::said_json;
  return ready_to_sign(state, *act);
}

}  // namespace

Outcome prepare_notice(const control::State& state, Time, Rng& rng, const Json& asked) {
  return ready(state, notice(state, rng, asked));
}
Outcome prepare_decision(const control::State& state, Time, Rng& rng, const Json& asked) {
  return ready(state, decision(state, rng, asked));
}
Outcome prepare_appeal_decision(const control::State& state, Time, Rng& rng, const Json& asked) {
  return ready(state, appeal(state, rng, asked));
}
Outcome prepare_emergency(const control::State& state, Time, Rng& rng, const Json& asked) {
  return ready(state, emergency(state, rng, asked));
}
Outcome prepare_closed_export(const control::State& state, Time, Rng& rng, const Json& asked) {
  return ready(state, order(state, rng, asked));
}

}  // namespace muzn::admin
