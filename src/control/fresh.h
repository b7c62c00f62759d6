// Random names for new things, from the bytes of an Rng.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "base/rng.h"
#include "base/time.h"
#include "control/iam.h"
#include "control/state.h"

namespace muzn::control {

// `count` characters, each one equally likely of `alphabet` (at most 256 characters).
std::string random_text(Rng& rng, std::string_view alphabet, std::size_t count);

std::string fresh_account_id(Rng& rng);    // 12 digits, the first not 0
std::string fresh_canonical_id(Rng& rng);  // 64 hex digits
// "AIDA", "AGPA", "AROA" or "ANPA", by the kind, and 17 of A-Z 2-7. REQUIRES a kind with ids.
std::string fresh_unique_id(Rng& rng, IamKind kind);
std::string fresh_access_key(Rng& rng);  // "AKIA" and 16 of A-Z 2-7, as AWS's
std::string fresh_secret_key(Rng& rng);  // 40 letters and digits, 238 bits

// An account whose id nobody in `state` has, or had.
Account fresh_account(Rng& rng, const State& state, Time now, std::string name, std::string email);
// Ids of users, groups, roles and policies have 85 random bits: they are unique, and apply()
// checks.
template <class Thing>
Thing fresh_thing(Rng& rng, Time now, IamKind kind, std::string account, std::string name) {
  return {.account = std::move(account),
          .name = std::move(name),
          .id = fresh_unique_id(rng, kind),
          .created = now};
}
// Of `key`, whose access key and secret are generated where they are empty.
CreateKey fresh_key(Rng& rng, const State& state, AccessKey key);

}  // namespace muzn::control
