// Runs steps and knows what must come out.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "sim/operation.h"

namespace muzn::sim {

// The mark of a step's end is 2 i + 1, of its beginning 2 i; that verb n of a kTogether was
// answered, this plus n.
inline constexpr std::uint64_t kAnswerMark = std::uint64_t{1} << 32;

class Driver {
 public:
  // `state` is what the machine's store holds.
  Driver(Machine& machine, State state) : machine_(machine), state_(std::move(state)) {}

  // nullopt: done, with the right answer. What the store answered otherwise.
  std::optional<std::string> run(const Step& step);
  const State& state() const { return state_; }
  // What `state()` was to become by the last step that failed.
  const State& wanted() const { return wanted_; }
  // What the verbs of the last step, if it was a kTogether, changed, each for itself.
  const std::vector<Effect>& effects() const { return effects_; }
  // The most commits that shared a sync.
  std::size_t largest_group() const { return largest_group_; }

 private:
  std::optional<std::string> run_together(const Step& step);

  Machine& machine_;
  State state_;
  State wanted_;
  std::vector<Effect> effects_;
  std::size_t largest_group_ = 0;
  Bodies bodies_;
};

// What `before` may have become when verbs ran at once: those of the bits `answered` and any
// others, in any order.
std::vector<State> all_orders(const State& before, const std::vector<Effect>& effects,
                              unsigned answered);

}  // namespace muzn::sim
