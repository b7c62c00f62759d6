// Another key for what control state keeps sealed. The node must not run meanwhile.
#pragma once
#include <string>

#include "base/rng.h"
#include "base/task.h"
#include "meta/store.h"

namespace muzn::control {

// Seals the secrets of all access keys with `to` that lie under `from`, some at a time. Those that
// lie under `to` stay as they are: who was interrupted calls again. Errors: kCorrupt (a secret
// opens with neither), kUnsupported, the store's.
Task<Result<void>> reseal_secrets(meta::Store& rows, Rng& rng, std::string from, std::string to);

// Which key secrets are sealed with: its fingerprint; "" = it was never changed. Errors: the
// store's.
Task<Result<std::string>> sealing_key_in(meta::Store& rows);
Task<Result<void>> set_sealing_key(meta::Store& rows, std::string fingerprint);

}  // namespace muzn::control
