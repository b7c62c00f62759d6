// Calls of STS that have a file of their own.
#pragma once
#include "iam/calls.h"

namespace muzn::iam {

Task<Outcome> assume_role_with_web_identity(Context context);

}  // namespace muzn::iam
