// Strict reads of what requests that are to be signed are made of; for admin/requests*.cc.
#pragma once
#include <set>
#include <string>

#include "admin/perform.h"
#include "base/rng.h"
#include "base/time.h"
#include "codec/json.h"
#include "control/state.h"

namespace muzn::admin {

// 32 random bytes as 64 hex digits.
std::string fresh_nonce(Rng& rng);
// Errors of these: kInvalid, with the field's name. No other members than these.
Result<void> only(const codec::Json& object, const std::set<std::string>& names);
Result<std::string> text_field(const codec::Json& object, const char* name);
Result<Time> time_field(const codec::Json& object, const char* name);

// As it is handed to those who sign: the act, and the statement that binds it.
template <class Act>
Outcome ready_to_sign(const control::State& state, const Act& act) {
  const audit::Subject subject = subject_of(state, act);
  return codec::Json{{"kind", subject.kind},
                     {"said", said_json(act)},
                     {"installation", subject.installation},
                     {"about", subject.about},
                     {"step", subject.step},
                     {"body", subject.body},
                     {"statement", audit::statement(subject)}};
}

// A kind of act that persons sign.
struct Request {
  std::string_view kind;
  Outcome (*prepare)(const control::State& state, Time now, Rng& rng, const codec::Json& asked);
  Result<control::ActBody> (*read)(const codec::Json& body);
};

}  // namespace muzn::admin
