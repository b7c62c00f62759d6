#include "server/state_keeper.h"

#include <chrono>

namespace muzn::server {
namespace {

// Much less than what may pass between two leaves, and nothing to do most times.
constexpr auto kLookEvery = std::chrono::seconds(5);

}  // namespace

void StateKeeper::start() {
  worker_.start([this] { work(); });
}

void StateKeeper::stop() {
  worker_.stop();
}

void StateKeeper::work() {
  do {
    if (state_.is_due()) {
      const auto settled = run_sync(controller_.settle());
      trouble_.tell(settled ? state_.outcome() : settled);
    }
  } while (worker_.pause(kLookEvery));
}

std::vector<Gauge> StateKeeper::gauges() const {
  const auto said = state_.published();
  return {{"muzn_state_acts", "Acts under the newest published hash of the public state.", "gauge",
           said ? static_cast<double>(said->state.acts) : 0.0}};
}

}  // namespace muzn::server
