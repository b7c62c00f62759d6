// What the public log says of an act. Pure. docs/formats/leaf.md has the members of each kind.
#pragma once
#include <string>
#include <string_view>

#include "audit/leaf.h"
#include "control/state.h"

namespace muzn::control {

// As which a leaf hides an act's JSON, all of it.
inline constexpr const char* kActCommitment = "act";

// What leaves call an account: a commitment to its id, made with the salt of the act that created
// it. Whoever has the salt can show whose it is.
std::string account_handle(std::string_view salt, std::string_view id);

// Sets the handle of the account that `act` creates, if it creates one.
void give_handle(Act& act, std::string_view salt);

// The leaf of `act`, which apply() takes after `before`. `salt` (audit::kSaltBytes, fresh for each
// act) hides names, texts and people; the accounts of `before` have their handles.
audit::Leaf leaf_of(const State& before, const Act& act, std::string_view salt);

}  // namespace muzn::control
