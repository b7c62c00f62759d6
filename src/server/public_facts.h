// What an installation tells everybody of itself, as JSON (docs/formats/public.md). It names no
// account and no person: counts are of what the leaves of the public log say of accounts by their
// pseudonyms, so that whoever reads the log can count again. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "audit/state_leaf.h"
#include "base/time.h"
#include "codec/json.h"
#include "control/state.h"
#include "merkle/policy.h"

namespace muzn::server {

inline constexpr std::string_view kPublicSchema = "muzn.public/1";

// The log as it is published. Borrows.
struct PublishedLog {
  std::string key;  // merkle::format_vkey()
  std::string origin;
  std::uint64_t size = 0;  // of the published checkpoint
  // The newest leaf of it that says the state, and what it says.
  struct Said {
    std::uint64_t index = 0;
    audit::StateHash state;
  };
  std::optional<Said> state;
  const merkle::Policy& policy;
  std::vector<std::string> past;  // keys of the logs that went before, the first one first
};

codec::Json public_facts(const control::State& state, const PublishedLog& log, Time now);

}  // namespace muzn::server
