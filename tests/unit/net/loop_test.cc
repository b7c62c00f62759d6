#include "net/loop.h"

#include <gtest/gtest.h>

#include <string>

#include "base/system.h"
#include "net/reactor.h"

namespace muzn::net {
namespace {

Task<void> ends_turn(Loop& loop, std::string name, std::string& log, int rounds) {
  const Hold hold(loop.reactor());
  for (int i = 0; i < rounds; ++i) {
    log += name + "<";
    co_await EndOfTurn(loop.reactor());
    log += name + ">";
    co_await Yield(loop.reactor());
  }
}

// What all do before they send comes before what any of them sends.
TEST(Loop, TheEndOfATurnComesAfterAllOfIt) {
  const SystemClock clock;
  Loop loop(clock);
  std::string log;
  for (const char* name : {"a", "b", "c"}) spawn(loop, ends_turn(loop, name, log, 2));
  loop.stop();
  loop.run();
  EXPECT_EQ(log, "a<b<c<a>b>c>a<b<c<a>b>c>");
}

Task<void> ends_turns_in_a_row(Loop& loop, int& count) {
  const Hold hold(loop.reactor());
  for (; count < 1000; ++count) co_await EndOfTurn(loop.reactor());
}

TEST(Loop, EndsOfTurnsInARowComeToAnEnd) {
  const SystemClock clock;
  Loop loop(clock);
  int count = 0;
  spawn(loop, ends_turns_in_a_row(loop, count));
  loop.stop();
  loop.run();
  EXPECT_EQ(count, 1000);
}

}  // namespace
}  // namespace muzn::net
