// The calls about sites and residency: docs/residency.md.
#pragma once
#include <string_view>

#include "admin/call.h"
#include "admin/perform.h"

namespace muzn::admin {

// Of bodies. Errors: kInvalid.
Result<void> read_site(std::string_view body, Call& call);
Result<void> read_residency(std::string_view body, Call& call);

// REQUIRES one of these calls.
Task<Outcome> about_residency(const Context& context, const Call& call);

}  // namespace muzn::admin
