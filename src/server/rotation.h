// Another master key for a store that no server has open. Everything that lies sealed under the old
// one is sealed anew, then the old one's file is overwritten and goes.
//
// Steps, each durable before the next: store.id; master.key.next; the rows, some at a time; which
// key seals from now on, as a row; master.key overwritten; master.key.next takes its name. A crash
// between any two leaves a store that the next start, or the next call, brings to the end: until
// the rows are done both keys are there, and each box says which one opens it.
#pragma once
#include <functional>
#include <string>

#include "base/error.h"
#include "base/rng.h"
#include "control/controller.h"
#include "fs/dir.h"
#include "meta/store.h"
#include "server/log.h"

namespace muzn::server {

// Asked before each step; an error ends the rotation there. For tests.
using BeforeStep = std::function<Result<void>()>;

// Begins a rotation, or goes on with one, and ends it. Returns the new key's fingerprint. Errors:
// kCorrupt (something opens with neither key), those of files and rows.
Result<std::string> rotate_master_key(const fs::Dir& data, meta::Store& rows, Rng& rng,
                                      const BeforeStep& before_step = nullptr);

// Ends a rotation that was begun; nothing, if there is none. Errors: the same.
Result<void> finish_rotation(const fs::Dir& data, meta::Store& rows, Rng& rng,
                             const BeforeStep& before_step = nullptr);

// Seals with `to` what lies under `from` in rows that are not in use: those of an older backup,
// say. `from` may be "": nothing does. Errors: as above.
Result<void> reseal(meta::Store& rows, Rng& rng, const std::string& from, const std::string& to,
                    const BeforeStep& before_step = nullptr);

// Puts the act that tells of another key since the last start, if there is one. What hinders it is
// logged: the next start does it again.
void tell_rotation(meta::Store& rows, control::Controller& controller, Log& log);

// `muzn engine rotate-key`: of a data directory that it locks. Returns the new key's fingerprint.
// Errors: kNotFound (no store), kUnavailable (a server has it open), as above.
Result<std::string> rotate_master_key_offline(const std::string& data);

}  // namespace muzn::server
