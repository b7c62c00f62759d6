// One verb, ready to be run, and what it changes in the State when it succeeds.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "sim/machine.h"
#include "sim/state.h"
#include "sim/step.h"

namespace muzn::sim {

using Effect = std::function<void(State&)>;
using Answer = object::Outcome<void>;

struct Operation {
  std::function<Task<Answer>()> run;
  Effect effect;  // may need what run() has learned
};

// Bodies of parts by their MD5 in hex: what an object made of them must hold.
using Bodies = std::map<std::string, std::string>;

// nullopt: there is nothing for this step to do in `state`, or the machine itself does it.
// `machine` and `bodies` are borrowed.
std::optional<Operation> plan(Machine& machine, const Step& step, const State& state,
                              Bodies& bodies);
// "fault storage unavailable: what", "fault 4 internal: what".
std::string show(const object::Failure& failure);

}  // namespace muzn::sim
