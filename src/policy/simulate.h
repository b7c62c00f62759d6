// What policies would say, and which statement why, for who writes them: nothing is done. Pure.
// Source: AWS, SimulatePrincipalPolicy and SimulateCustomPolicy.
#pragma once
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/evaluate.h"
#include "policy/places.h"

namespace muzn::policy {

// Borrowed.
struct SimulatedPolicy {
  std::string_view id;    // SourcePolicyId: "PolicyInputList.1", "user_bob_read"
  std::string_view type;  // SourcePolicyType: "user", "group", "role", "aws-managed", ...
  std::string_view text;  // for the places of statements; "" = there are none
  const Document* document = nullptr;
};

struct Simulation {
  const Caller& caller;
  std::span<const SimulatedPolicy> identity;
  std::span<const SimulatedPolicy> boundaries;
  std::span<const SimulatedPolicy> charters;
  // Of the resource; nullopt = it has none. `resource_account` is who has it; the caller's account
  // where nobody is named.
  std::optional<SimulatedPolicy> resource;
  std::string_view resource_account;
  const Facts& facts;  // what the request to be would have
};

struct MatchedStatement {
  std::string id;  // as SimulatedPolicy's
  std::string type;
  std::size_t statement = 0;
  std::optional<Span> span;
};

struct SimulatedResult {
  Verdict verdict = Verdict::kSilent;  // "implicitDeny", "allowed", "explicitDeny"
  // Those that decide: all that allow, or the one that denies; of a silent verdict none.
  std::vector<MatchedStatement> matched;
  // Condition keys that statements on this action and resource ask for and the request lacks, as
  // the policies write them.
  std::set<std::string> missing_context;
  std::optional<bool> boundary_allows;  // where there is one
  std::optional<bool> charter_allows;
};
SimulatedResult simulate(const Simulation& simulation, std::string_view action,
                         std::string_view resource);

// "allowed", "explicitDeny", "implicitDeny".
std::string_view decision_name(Verdict verdict);

}  // namespace muzn::policy
