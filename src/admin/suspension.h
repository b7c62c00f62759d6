// Cases and complaints as the admin API answers them, and requests about cases that officers sign.
#pragma once
#include <string>

#include "admin/reply.h"
#include "admin/request_fields.h"
#include "base/task.h"
#include "codec/json.h"
#include "control/controller.h"
#include "control/state.h"

namespace muzn::admin {

// `account`: "" = all.
codec::Json cases_json(const control::State& state, const std::string& account);
codec::Json complaints_json(const control::State& state);
// With the texts of answers, as far as they are still there.
Task<Outcome> case_answer(control::Controller& controller, std::string account, std::string id);
Task<Outcome> complaint_answer(control::Controller& controller, std::string ticket);

// The body of an answer of an account. Errors: kInvalid, kLimit.
struct GivenAnswer {
  std::string what;
  std::string text;
};
Result<GivenAnswer> read_answer(const codec::Json& body);

Outcome prepare_notice(const control::State& state, Time now, Rng& rng, const codec::Json& asked);
Outcome prepare_decision(const control::State& state, Time now, Rng& rng, const codec::Json& asked);
Outcome prepare_appeal_decision(const control::State& state, Time now, Rng& rng,
                                const codec::Json& asked);
Outcome prepare_emergency(const control::State& state, Time now, Rng& rng,
                          const codec::Json& asked);
Outcome prepare_closed_export(const control::State& state, Time now, Rng& rng,
                              const codec::Json& asked);

}  // namespace muzn::admin
