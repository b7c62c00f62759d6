// The row in which the time of locks outlives a run. Internal to object/.
#pragma once
#include "object/engine.h"

namespace muzn::object {

// Written before the first lock can be, and by each sweep after it; what passed since is lost with
// a run, and caught up with by the next one (lock_clock.h).
Task<Outcome<void>> keep_lock_time(Engine& engine);
// As the run before left it; the wall clock's in a store without locks.
Task<Result<Time>> kept_lock_time(meta::Store& rows, const Clock& clock);

}  // namespace muzn::object
