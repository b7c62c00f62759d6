// A state grown act by act; a refused act leaves it as it was.
#pragma once
#include <gtest/gtest.h>

#include <string>

#include "unit/control/fakes.h"

namespace muzn::control {

class Grown {
 public:
  // The operator's account, 0, and another, 1.
  Grown() {
    EXPECT_EQ(run(sample_genesis()), "");
    EXPECT_EQ(run(sample_key(0, "", "ROOT")), "");
    EXPECT_EQ(run(CreateAccount{sample_account(1)}), "");
  }
  // "" or the error's code.
  std::string run(ActBody body) {
    const Act act = next_act(state, std::move(body));
    const State before = state;
    const Result<void> done = apply_in_place(state, act);
    if (done) return "";
    EXPECT_EQ(state, before) << "a refused act changed the state";
    return name(done.error().code);
  }
  // Of account 1.
  const User& user(const std::string& name) { return *state.user(sample_account_id(1), name); }
  const Group& group(const std::string& name) { return *state.group(sample_account_id(1), name); }
  const Role& role(const std::string& name) { return *state.role(sample_account_id(1), name); }

  State state;
};

}  // namespace muzn::control
