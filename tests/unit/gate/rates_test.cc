#include "gate/rates.h"

#include <gtest/gtest.h>

namespace muzn::gate {
namespace {

using std::chrono::microseconds;

constexpr std::int64_t kSecond = 1'000'000;

std::vector<Limited> one(control::Limits limits, std::string name = "account/1") {
  return {{.name = std::move(name), .limits = limits}};
}

// Requests that are let through in `seconds`, one tried each millisecond.
int admitted(Rates& rates, const std::vector<Limited>& of, int seconds, std::int64_t from) {
  int out = 0;
  for (std::int64_t at = from; at < from + seconds * kSecond; at += 1'000) {
    if (rates.admit(of, at) == microseconds(0)) ++out;
  }
  return out;
}

TEST(Rates, ABurstAndThenTheRate) {
  Rates rates;
  const auto of = one({.requests = 10});
  for (int i = 0; i < 10; ++i) EXPECT_EQ(rates.admit(of, kSecond), microseconds(0)) << i;
  EXPECT_EQ(rates.admit(of, kSecond), microseconds(100'000)) << "the tenth of a second";
  EXPECT_EQ(rates.admit(of, kSecond + 60'000), microseconds(40'000)) << "asking costs nothing";
  EXPECT_EQ(rates.admit(of, kSecond + 100'000), microseconds(0));
  EXPECT_EQ(admitted(rates, of, 10, 5 * kSecond), 10 + 99);
}

TEST(Rates, NoLimitNeverWaits) {
  Rates rates;
  EXPECT_EQ(admitted(rates, one({}), 1, 0), 1000);
  EXPECT_EQ(rates.admit({}, 0), microseconds(0));
  rates.spend(one({}), 1U << 30, 1U << 30, 0);
  EXPECT_EQ(rates.admit(one({}), 0), microseconds(0));
}

TEST(Rates, OneASecondIsOneASecond) {
  Rates rates;
  EXPECT_EQ(admitted(rates, one({.requests = 1}), 10, 0), 10);
}

TEST(Rates, BytesAreADebt) {
  Rates rates;
  const auto in = one({.bytes_in = 1'000});
  const auto out = one({.bytes_out = 1'000}, "account/2");
  rates.spend(in, 3'000, 9'000, kSecond);
  rates.spend(out, 9'000, 3'000, kSecond);
  for (const auto& of : {in, out}) {
    EXPECT_EQ(rates.admit(of, kSecond), microseconds(2 * kSecond));
    EXPECT_EQ(rates.admit(of, 3 * kSecond - 1), microseconds(1));
    EXPECT_EQ(rates.admit(of, 3 * kSecond), microseconds(0));
  }
}

TEST(Rates, DebtHasAnEnd) {
  Rates rates;
  const auto of = one({.bytes_in = 1});
  rates.spend(of, std::uint64_t{1} << 53, 0, 0);
  rates.spend(of, std::uint64_t{1} << 53, 0, 0);
  EXPECT_EQ(rates.admit(of, 0), microseconds(60 * kSecond));
}

TEST(Rates, AllOfThemMustHaveRoom) {
  Rates rates;
  const Limited account{.name = "account/1", .limits = {.requests = 100}};
  const Limited user{.name = "user/1", .limits = {.requests = 1}};
  EXPECT_EQ(rates.admit({account, user}, 0), microseconds(0));
  EXPECT_EQ(rates.admit({account, user}, 0), microseconds(kSecond));
  int others = 0;
  while (rates.admit({account}, 0) == microseconds(0)) ++others;
  EXPECT_EQ(others, 99) << "what is refused takes nothing from the others' share";
}

TEST(Rates, ANewRateHoldsAtOnce) {
  Rates rates;
  while (rates.admit(one({.requests = 1'000}), 0) == microseconds(0)) {
  }
  EXPECT_EQ(rates.admit(one({.requests = 2}), 0), microseconds(500'000));
  EXPECT_EQ(rates.admit(one({}), 0), microseconds(0));
}

TEST(Rates, AClockThatGoesBackGivesNothing) {
  Rates rates;
  const auto of = one({.requests = 1});
  EXPECT_EQ(rates.admit(of, 10 * kSecond), microseconds(0));
  EXPECT_GT(rates.admit(of, 5 * kSecond), microseconds(0));
  EXPECT_EQ(rates.admit(of, 11 * kSecond), microseconds(0));
}

TEST(Rates, ManyNamesStayBounded) {
  Rates rates;
  const auto debtor = one({.requests = 1}, "debtor");
  EXPECT_EQ(rates.admit(debtor, 0), microseconds(0));
  for (int i = 0; i < 200'000; ++i) {
    rates.admit(one({.requests = 1'000'000}, "user/" + std::to_string(i)), i);
  }
  EXPECT_GT(rates.admit(debtor, 200'000), microseconds(0)) << "who owes is not forgotten";
}

}  // namespace
}  // namespace muzn::gate
