// What follows from the rest of a state, kept so that no act or question has to look through it.
#pragma once
#include <cstdint>
#include <string>
#include <tuple>
#include <utility>

#include "base/shared_map.h"
#include "control/iam.h"

namespace muzn::control {

// How many users, groups and roles have a managed policy.
struct PolicyUse {
  std::uint32_t attached = 0;
  std::uint32_t boundaries = 0;  // of users and roles
  bool operator==(const PolicyUse&) const = default;
};

// apply() keeps it.
struct Index {
  SharedMap<std::string, std::string> emails;                             // folded, to account ids
  SharedMap<std::string, std::string> canonical_ids;                      // the same
  SharedMap<std::string, std::string> aliases;                            // the same
  SharedMap<std::string, IamRef> ids;                                     // unique ids
  SharedSet<std::tuple<std::string, IamKind, std::string>> names;         // account, folded name
  SharedSet<std::tuple<std::string, std::string, std::string>> keys;      // account, user, key
  SharedMap<std::pair<std::string, std::string>, PolicyUse> policy_uses;  // account, ARN
  bool operator==(const Index&) const = default;
};

}  // namespace muzn::control
