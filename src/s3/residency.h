// Bytes of a bucket that go into another one: a copy, a line of an access log.
#pragma once
#include "control/state.h"
#include "object/model.h"
#include "policy/residency.h"
#include "s3/error.h"

namespace muzn::s3 {

// Wherever the target's own rules let bytes lie the source's must, too: else bytes would leave by
// another bucket. Errors: AccessDenied, which names the rule of the source.
Outcome<void> check_residency(const control::State& state, policy::Egress path,
                              const object::Bucket& source, const object::Bucket& target);

}  // namespace muzn::s3
