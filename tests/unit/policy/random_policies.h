// Random policies and requests of few names, so that things meet.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "policy/evaluate.h"
#include "unit/policy/naive.h"

namespace muzn::policy {

using naive::Json;

class MapFacts final : public Facts {
 public:
  explicit MapFacts(const naive::Facts& facts) : facts_(facts) {}
  std::optional<std::vector<std::string>> values(std::string_view key) const override {
    const auto found = facts_.find(std::string(key));
    return found == facts_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  const naive::Facts& facts_;
};

// MUZN_SEED replays, MUZN_CASES says how many.
std::uint64_t setting(const char* name, std::uint64_t fallback);

inline const std::vector<std::string> kAccounts = {"111111111111", "222222222222"};
inline const std::vector<std::string> kUsers = {"bob", "eve"};
inline const std::vector<std::string> kRoles = {"ops", "dev"};
inline const std::vector<std::string> kSessions = {"one", "two"};

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t below(std::uint64_t n) { return engine_() % n; }
  bool once_in(std::uint64_t n) { return below(n) == 0; }
  const std::string& pick(const std::vector<std::string>& of) { return of[below(of.size())]; }
  // One, or an array of some.
  Json some(const std::vector<std::string>& of);

 private:
  std::mt19937_64 engine_;
};

Json random_policy(Dice& dice, bool of_resource);
// Without a resource's.
naive::Layers random_layers(Dice& dice);
naive::Ask random_ask(Dice& dice);
Caller caller_of(const naive::Who& who);
std::string arn_of(const naive::Who& who);

// Documents and what borrows them.
struct Parsed {
  std::vector<Document> documents;
  std::vector<Attached> attached;
};
Parsed parse_all(const std::vector<Json>& policies);

// All of a principal's, without a resource. Borrows.
struct ParsedLayers {
  explicit ParsedLayers(const naive::Layers& layers);
  explicit ParsedLayers(naive::Layers&&) = delete;
  ParsedLayers(const ParsedLayers&) = delete;
  ParsedLayers& operator=(const ParsedLayers&) = delete;
  Parsed charters;
  Parsed boundaries;
  Parsed sessions;
  Parsed identity;
  Policies policies;
};

}  // namespace muzn::policy
