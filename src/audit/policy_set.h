// What the operator has put upon an account, as one hash that answers name and outsiders recompute
// from leaves. Pure. docs/formats/policy-set.md
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "audit/due_process.h"

namespace muzn::audit {

// "name value" lines by name. REQUIRES names and values without a line break.
using PolicyLines = std::map<std::string, std::string>;

// The lines of an account: its charter ("" = none: then `acceptable_use` is the installation's) and
// its open cases, by id.
PolicyLines policy_lines(std::string_view acceptable_use, std::string_view charter_body,
                         const std::map<std::string, const Case*>& open_cases);

// The canonical text, and its SHA-256 in hex digits.
std::string policy_set_text(const PolicyLines& lines);
std::string policy_set_hash(const PolicyLines& lines);

}  // namespace muzn::audit
