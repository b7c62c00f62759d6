// Requests to open a tenant's data to one person of the operator, and to close it; for
// admin/requests.cc and perform.cc. docs/break-glass.md
#pragma once
#include <string>

#include "admin/census.h"
#include "admin/perform.h"
#include "admin/request_fields.h"

namespace muzn::admin {

Outcome prepare_open_break_glass(const control::State& state, Time now, Rng& rng,
                                 const codec::Json& asked);
Outcome prepare_close_break_glass(const control::State& state, Time now, Rng& rng,
                                  const codec::Json& asked);

// Finds the bucket that a request to open names: acts mean its id. Others are left as they are.
Task<std::expected<void, Failure>> find_scope(BucketCensus& census, codec::Json& asked);

// Whom an act of break-glass concerns; "" = it is another act.
std::string concerned_by(const control::ActBody& act);

// Those of an account, the newest first.
codec::Json break_glass_json(const control::State& state, const std::string& account, Time now);

}  // namespace muzn::admin
