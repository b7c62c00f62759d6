#include "net/turnstile.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/task.h"
#include "net/loop.h"

namespace muzn::net {
namespace {

// Jumps when told.
class StepClock final : public Clock {
 public:
  Time now() const override { return from_micros(micros); }
  std::int64_t monotonic_micros() const override { return micros; }
  std::int64_t micros = 1;
};

struct Log {
  std::vector<int> entered;
  std::vector<bool> with_place;
};

Task<void> pass(Reactor& reactor, Turnstile& turnstile, Log& log, int number, int yields) {
  const Hold hold(reactor);
  const bool place = co_await turnstile.enter();
  log.entered.push_back(number);
  log.with_place.push_back(place);
  for (int i = 0; i < yields; ++i) co_await Yield(reactor);
  if (place) turnstile.leave();
}

TEST(Turnstile, LetsTheOthersInInTheirOrder) {
  const StepClock clock;
  Loop loop(clock);
  Turnstile turnstile(loop.reactor(), 2);
  Log log;
  // 0 leaves late, so that the others pass through the second place one by one.
  for (int i = 0; i < 6; ++i) {
    spawn(loop, pass(loop.reactor(), turnstile, log, i, i == 0 ? 40 : 3));
  }
  loop.stop();
  loop.run();
  EXPECT_EQ(log.entered, (std::vector<int>{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(log.with_place, std::vector<bool>(6, true));
  EXPECT_FALSE(turnstile.is_wanted());
  // Both places came back.
  Log again;
  for (int i = 0; i < 2; ++i) spawn(loop, pass(loop.reactor(), turnstile, again, i, 0));
  loop.run();
  EXPECT_EQ(again.entered.size(), 2U);
}

Task<void> hang(Reactor& reactor, Turnstile& turnstile, StepClock& clock, bool& over) {
  const Hold hold(reactor);
  co_await turnstile.enter();
  for (int i = 0; i < 5; ++i) co_await Yield(reactor);
  clock.micros += Turnstile::kWaitMicrosMax + 1;
  while (!over) co_await Yield(reactor);
  turnstile.leave();
}

Task<void> end(Reactor& reactor, const Log& log, bool& over) {
  const Hold hold(reactor);
  while (log.entered.size() < 2) co_await Yield(reactor);
  over = true;
}

TEST(Turnstile, WhoWaitedTooLongGoesPastThoseThatHang) {
  StepClock clock;
  Loop loop(clock);
  Turnstile turnstile(loop.reactor(), 1);
  Log log;
  bool over = false;
  spawn(loop, hang(loop.reactor(), turnstile, clock, over));
  for (int i = 0; i < 2; ++i) spawn(loop, pass(loop.reactor(), turnstile, log, i, 0));
  spawn(loop, end(loop.reactor(), log, over));
  loop.stop();
  loop.run();
  std::ranges::sort(log.entered);  // both waits end at the same microsecond
  EXPECT_EQ(log.entered, (std::vector<int>{0, 1}));
  EXPECT_EQ(log.with_place, std::vector<bool>(2, false));
  EXPECT_FALSE(turnstile.is_wanted());
}

}  // namespace
}  // namespace muzn::net
