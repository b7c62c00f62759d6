// The shard of what src/trail keeps, told here for who checks rows below that floor.
#pragma once
#include "meta/store.h"

namespace muzn::audit {

inline constexpr meta::ShardId kTrailShard = 6;

}  // namespace muzn::audit
