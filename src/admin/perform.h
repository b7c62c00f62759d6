// Does what an authorized call asks: every change is an act, put to control.
#pragma once
#include <string>

#include "admin/call.h"
#include "admin/census.h"
#include "admin/engine.h"
#include "admin/reply.h"
#include "admin/site_desk.h"
#include "audit/record.h"
#include "base/rng.h"
#include "base/task.h"
#include "base/time.h"
#include "control/controller.h"
#include "gate/gate.h"

namespace muzn::admin {

// Borrowed for the time of the call.
struct Context {
  control::Controller& controller;
  BucketCensus& census;
  EngineDesk& engine;
  SiteDesk& sites;
  const Clock& clock;
  Rng& rng;
  const gate::Authorized& who;  // the proof that `call` may be done
  audit::Record& record;
};

Task<Outcome> perform(Context context, Call call);

// --- for the files of topics ---
// Puts the act; on success adds its sequence to `answer` under "act", and where the public log says
// so under "leaf".
Task<Outcome> propose(const Context& context, control::ActBody body, codec::Json answer);
// The account's bucket that the call names; both members "" when it names none.
Task<std::expected<control::BucketRef, Failure>> bucket_of(const Context& context,
                                                           const Call& call);

}  // namespace muzn::admin
