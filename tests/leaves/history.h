// A random history of an installation: acts that control::apply() takes, as the leaves of the
// public log, with leaves of data, of accounts' own logs and of the public state in between. The
// same seed gives the same history, so that a longer one begins with the shorter.
#pragma once
#include <map>
#include <random>
#include <string>
#include <vector>

#include "audit/fold.h"
#include "audit/leaf.h"
#include "control/leaf.h"
#include "control/state.h"

namespace muzn::control {

class History {
 public:
  explicit History(std::uint64_t seed) : random_(seed) {}

  // From here on another history.
  void diverge(std::uint64_t seed) { random_.seed(seed); }

  struct Step {
    audit::Leaf leaf;
    std::string salt;                           // of an act's leaf
    std::map<std::string, std::string> values;  // what it hides, as far as tests open it
  };
  Step next();

 private:
  std::uint64_t below(std::uint64_t end) { return random_() % end; }
  std::string letters(std::string_view alphabet, std::size_t count);
  std::string some_account();
  std::string actor();

  ActBody body();
  ActBody of_account(const std::string& id);
  ActBody granularity(const std::string& id);
  ActBody limits(const std::string& id);
  BucketRef some_bucket();
  ActBody of_bucket();
  ActBody new_account();
  ActBody declaration();
  IamRef holder(const std::string& id);
  std::string policy_arn(const std::string& id);
  ActBody of_identity(const std::string& id);
  ActBody of_policy(const std::string& id);
  ActBody of_officers();
  ActBody charter(const std::string& id);
  ActBody purpose(const std::string& id);
  ActBody glass(const std::string& id);
  ActBody of_case(const std::string& id);
  std::string actor_of(const ActBody& body);
  std::string some_second_account() const;
  ActBody residency(const std::string& id);
  ActBody of_holder(const std::string& id);
  Step act(ActBody body);
  Step summary(const Account& of);
  Step checkpoint(const Account& of);
  Step event();

  std::mt19937_64 random_;
  State state_;
  std::int64_t micros_ = 1'763'800'000'000'000;
  std::map<std::string, std::uint64_t> data_;  // by handle: sequences, and until when
  std::map<std::string, std::int64_t> summarized_;
  std::map<std::string, std::uint64_t> logs_;
  audit::Fold fold_;
  std::uint64_t entries_ = 0;
  std::uint64_t states_ = 0;  // that were said
};

}  // namespace muzn::control
