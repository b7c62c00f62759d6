// What a commit makes garbage: bytes that no version names any more, which the sweeper discards.
// Internal to object/.
#pragma once
#include "object/engine.h"
#include "object/row_values.h"

namespace muzn::object {

// Stages the row of `garbage`, whose bytes are about so many, and tells who sweeps. Its time is
// now.
void stage_garbage(Engine& engine, meta::Commit& commit, row::Garbage garbage, std::uint64_t bytes);

}  // namespace muzn::object
