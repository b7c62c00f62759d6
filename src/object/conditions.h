// Pure: may a write happen on the version that is current now?
// Sources: AWS "How to prevent object overwrites with conditional writes", "Conditional deletes".
#pragma once
#include "object/store.h"

namespace muzn::object {

// `current` is null when the key has no version; a delete marker counts as none.
// Failures: kNoSuchKey (If-Match on nothing), kPreconditionFailed.
Outcome<void> judge_write(const WriteCondition& condition, const Version* current);

// A delete of nothing succeeds whatever the conditions, so the target exists; a delete marker is a
// version like any other here. Failures: kPreconditionFailed.
Outcome<void> judge_remove(const WriteCondition& condition, const Version& target);

}  // namespace muzn::object
