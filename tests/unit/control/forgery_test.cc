// No act takes effect that is not proven, whoever lies: thousands of random steps, of which another
// part is forged, replayed, reordered, cut off, cosigned by too few or of another log, each
// compared with what an independent model says that may be in force (forgery_world.h).
//
//   MUZN_SEED   replays a run
//   MUZN_STEPS  so many, instead of some thousand
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

#include "seed.h"
#include "unit/control/forgery_world.h"
#include "unit/meta/engines.h"

namespace muzn::control {
namespace {

// A list of acts of its own each, so that none gets long.
constexpr std::uint64_t kStepsOfAWorld = 150;

template <class Engine>
std::map<std::string, int> run(std::uint64_t steps) {
  const std::uint64_t first = number_from("MUZN_SEED", fresh_seed());
  steps = number_from("MUZN_STEPS", steps);
  std::cout << "MUZN_SEED=" << first << " MUZN_STEPS=" << steps << std::endl;
  std::map<std::string, int> counts;
  for (std::uint64_t done = 0; done < steps; done += kStepsOfAWorld) {
    const std::uint64_t seed = first + done / kStepsOfAWorld;
    Engine engine;
    ForgeryWorld world(engine.store(), seed);
    world.run(static_cast<int>(std::min(kStepsOfAWorld, steps - done)));
    for (const auto& [name, count] : world.counts) counts[name] += count;
    if (testing::Test::HasFailure()) {
      ADD_FAILURE() << "MUZN_SEED=" << seed;
      break;
    }
  }
  for (const auto& [name, count] : counts) std::cout << "  " << name << ": " << count << "\n";
  return counts;
}

TEST(Forgery, NoActIsObeyedThatIsNotProven) {
  const auto counts = run<meta::MemEngine>(3000);
  // Each of them comes to pass, in so many steps.
  if (std::getenv("MUZN_STEPS") != nullptr) return;
  for (const char* name :
       {"act", "restart", "replayed", "older", "fork", "tampered list refused",
        "tampered list taken", "entry forged", "act and entry forged", "list cut off"}) {
    EXPECT_GT(counts.contains(name) ? counts.at(name) : 0, 0) << name;
  }
}

TEST(Forgery, OverTheEmbeddedEngineNeither) {
  const auto counts = run<meta::RocksEngine>(150);
  EXPECT_GT(counts.at("act"), 0);
}

}  // namespace
}  // namespace muzn::control
