// Requests that officers and accounts sign before they become acts: made ready to be signed, and
// taken with the signatures. docs/charters.md tells how it goes.
#pragma once
#include "admin/perform.h"
#include "base/rng.h"

namespace muzn::admin {

// What an act of this kind would be, as everybody signs it: nothing has happened. Errors: kInvalid.
Outcome prepare(const control::State& state, Time now, Rng& rng, const codec::Json& asked);
// The act, with its signatures. Errors: kInvalid.
Result<control::ActBody> read_submitted(const codec::Json& submitted);

codec::Json officers_json(const control::State& state);
// The charter of an account, and the policy that it is. REQUIRES that it has one.
codec::Json charter_answer(const control::StoredCharter& stored);

}  // namespace muzn::admin
