// A controller of its own for a fixture: over rows and a log in memory, with a clock that stands
// still. Its operator's root key is ROOT with "operators-secret".
#pragma once
#include <gtest/gtest.h>

#include <memory>
#include <utility>

#include "meta/mem_store.h"
#include "unit/control/fakes.h"

namespace muzn::control {

struct Controlled {
  void propose(ActBody body) {
    const auto done = run_sync(controller->propose("test", "", std::move(body)));
    ASSERT_TRUE(done) << done.error().what;
  }

  meta::MemStore rows;
  TestLog log{rows};
  FakeClock clock;
  SeededRng rng;
  std::unique_ptr<Controller> controller =
      run_sync(open_controller(rows, log.ledger(), clock, rng, kSealingKey,
                               {"ROOT", "operators-secret"}, "us-east-1"))
          .value();
};

}  // namespace muzn::control
