// Leaves that say what the acts before them add up to: the public state's hash, which whoever folds
// the same leaves (audit/fold.h) gets, too. docs/formats/state.md. Pure.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "audit/leaf.h"

namespace muzn::audit {

// Of kLogClass; of the installation.
inline constexpr std::string_view kStateKind = "state";
// How the state is encoded that is hashed: another encoding has another name.
inline constexpr std::string_view kStateSchema = "muzn.state/1";

struct StateHash {
  std::uint64_t acts = 0;  // that were folded: all of the log up to there
  std::uint64_t size = 0;  // entries of the log up to the leaf of the last of them
  std::string hash;        // SHA-256 of the encoded state, 64 hex digits
  bool operator==(const StateHash&) const = default;
};

// `sequence`: among the installation's leaves of kLogClass.
Leaf state_leaf(std::uint64_t sequence, Time time, const StateHash& state);
// What such a leaf says. Errors: kInvalid (it is none), kUnsupported (of another schema).
Result<StateHash> state_in(const Leaf& leaf);

}  // namespace muzn::audit
