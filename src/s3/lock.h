// Object Lock as requests meet it: the rule of the bucket, and who may set or pass a lock.
#pragma once
#include <optional>

#include "control/state.h"
#include "object/lock.h"
#include "s3/op.h"

namespace muzn::s3 {

// The bucket's rule for new versions, which is control state.
std::optional<object::DefaultRetention> default_retention(const Context& context,
                                                          const object::Bucket& bucket);
// The rule as acts have it.
control::LockDefault to_act(const object::DefaultRetention& rule);

// What the request's headers ask for the version that it makes; whoever may write may not lock for
// that. Errors: those of parse_lock_headers(); AccessDenied.
Task<Outcome<object::Lock>> plan_lock(Context& context, const Exchange& exchange);

// Whether the request asks to pass governance retention, and its caller may. On buckets without
// Object Lock nothing is asked. Errors: InvalidArgument.
Task<Outcome<bool>> may_bypass(Context& context, const Exchange& exchange);
Task<Outcome<bool>> may_bypass(Context& context, const Exchange& exchange, std::string key);

// Tells of the lock what the caller may know.
Task<Outcome<void>> tell_lock(Context& context, const Exchange& exchange,
                              const object::Version& version, http::Headers& headers);

}  // namespace muzn::s3
