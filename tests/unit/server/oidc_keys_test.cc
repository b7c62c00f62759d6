#include "server/oidc_keys.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <thread>
#include <vector>

#include "unit/control/fakes.h"

namespace muzn::server {
namespace {

const std::string kIssuer = "https://idp.example/a";
const std::string kDocument =
    R"({"issuer":"https://idp.example/a","jwks_uri":"https://keys.example/set"})";

std::string key_set(const std::string& kid) {
  return R"({"keys":[{"kty":"EC","crv":"P-256","kid":")" + kid +
         R"(","x":"axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY",)"
         R"("y":"T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU"}]})";
}

class OidcKeysTest : public testing::Test {
 protected:
  // The kid that is served, "" = none.
  std::string kid(bool again = false, const std::string& issuer = kIssuer) {
    const auto keys = run_sync(keys_.keys(issuer, again));
    if (!keys) EXPECT_EQ(keys.error().code, Code::kUnavailable);
    return keys ? (*keys)->front().kid : "";
  }
  void pass(std::int64_t seconds) { clock_.micros += seconds * 1'000'000; }

  control::FakeClock clock_;
  std::string set_ = key_set("one");
  std::string document_ = kDocument;
  bool is_down_ = false;
  std::atomic<int> asked_ = 0;
  std::string last_url_;
  OidcKeys keys_{[this](const std::string& url, std::size_t) -> Result<std::string> {
                   if (is_down_) return fail(Code::kTimeout, "down");
                   if (url == kIssuer + "/.well-known/openid-configuration") {
                     ++asked_;
                     return document_;
                   }
                   last_url_ = url;
                   return set_;
                 },
                 clock_};
};

TEST_F(OidcKeysTest, AskedOnceInAnHour) {
  EXPECT_EQ(kid(), "one");
  EXPECT_EQ(last_url_, "https://keys.example/set");
  set_ = key_set("two");
  pass(3599);
  EXPECT_EQ(kid(), "one");
  EXPECT_EQ(asked_, 1);
  pass(1);
  EXPECT_EQ(kid(), "two");
  EXPECT_EQ(asked_, 2);
}

TEST_F(OidcKeysTest, AnUnknownKeyAsksOnceInAMinute) {
  EXPECT_EQ(kid(), "one");
  set_ = key_set("two");
  pass(59);
  EXPECT_EQ(kid(true), "one");
  pass(1);
  EXPECT_EQ(kid(true), "two");
  for (int i = 0; i < 100; ++i) EXPECT_EQ(kid(true), "two");
  EXPECT_EQ(asked_, 2);
}

TEST_F(OidcKeysTest, OldKeysServeForADayWhereThereAreNoOthers) {
  EXPECT_EQ(kid(), "one");
  is_down_ = true;
  pass(3600);
  EXPECT_EQ(kid(), "one");
  pass(23 * 3600 - 1);
  EXPECT_EQ(kid(), "one");
  pass(1);
  EXPECT_EQ(kid(), "");
  is_down_ = false;
  EXPECT_EQ(kid(), "");  // it was asked just now
  pass(10);
  EXPECT_EQ(kid(), "one");
}

TEST_F(OidcKeysTest, FailuresAreRemembered) {
  is_down_ = true;
  EXPECT_EQ(kid(), "");
  is_down_ = false;
  pass(9);
  EXPECT_EQ(kid(), "");
  pass(1);
  EXPECT_EQ(kid(), "one");
}

TEST_F(OidcKeysTest, AnswersThatAreOfNoUse) {
  document_ = R"({"issuer":"https://evil.example","jwks_uri":"https://keys.example/set"})";
  EXPECT_EQ(kid(), "");
  pass(10);
  document_ = R"({"issuer":"https://idp.example/a","jwks_uri":"http://169.254.169.254/"})";
  EXPECT_EQ(kid(), "");
  pass(10);
  document_ = kDocument;
  set_ = R"({"keys":[]})";
  EXPECT_EQ(kid(), "");
  pass(10);
  set_ = "<html>";
  EXPECT_EQ(kid(), "");
  pass(10);
  set_ = key_set("one");
  EXPECT_EQ(kid(), "one");
}

// A tenant's provider that hangs, and as many tokens of it as anybody likes: it is asked by no more
// than have threads, leaves room for others' providers, and whoever waited gets what was found.
TEST(OidcKeysAtOnce, AnIssuerThatHangsLeavesRoomForOthers) {
  control::FakeClock clock;
  std::latch release(1);
  std::atomic<int> hanging = 0;
  OidcKeys keys(
      [&](const std::string& url, std::size_t) -> Result<std::string> {
        if (url.starts_with("https://slow.example/")) {
          ++hanging;
          release.wait();
          return fail(Code::kTimeout, "slow");
        }
        if (url.starts_with("https://keys.example/")) return key_set("one");
        return kDocument;
      },
      clock);
  std::atomic<int> refused = 0;
  const auto slow = [&] { refused += run_sync(keys.keys("https://slow.example", false)) ? 0 : 1; };
  constexpr int kAsking = 60;
  constexpr int kRoom = 16;
  std::vector<std::jthread> asking;
  for (int i = 0; i < kAsking; ++i) asking.emplace_back(slow);
  while (refused < kAsking - kRoom || hanging < 2) std::this_thread::yield();
  bool served = false;
  std::jthread other([&] { served = run_sync(keys.keys(kIssuer, false)).has_value(); });
  release.count_down();
  other.join();
  EXPECT_TRUE(served);
  asking.clear();
  EXPECT_EQ(refused, kAsking);
  EXPECT_EQ(hanging, 2) << "each of them asked";
}

// What is known serves where there is no room to ask for more.
TEST(OidcKeysAtOnce, OldKeysServeWhereNobodyMayWait) {
  control::FakeClock clock;
  std::atomic<bool> hangs = false;
  std::atomic<int> hanging = 0;
  std::latch release(1);
  OidcKeys keys(
      [&](const std::string& url, std::size_t) -> Result<std::string> {
        if (hangs) {
          ++hanging;
          release.wait();
        }
        if (url.starts_with("https://keys.example/")) return key_set("one");
        return kDocument;
      },
      clock);
  ASSERT_TRUE(run_sync(keys.keys(kIssuer, false)));
  clock.micros += 3'600'000'000;
  hangs = true;
  std::atomic<int> served = 0;
  std::vector<std::jthread> asking;
  constexpr int kAsking = 40;
  constexpr int kRoom = 16;
  for (int i = 0; i < kAsking; ++i) {
    asking.emplace_back([&] { served += run_sync(keys.keys(kIssuer, false)) ? 1 : 0; });
  }
  while (served < kAsking - kRoom || hanging < 2) std::this_thread::yield();
  release.count_down();
  asking.clear();
  EXPECT_EQ(served, kAsking);
}

TEST(OidcGet, GoesToPublicAddressesByHttpsOnly) {
  control::FakeClock clock;
  const auto get = oidc_get("", false, clock);
  for (const char* url : {"http://idp.example/", "https://127.0.0.1:1/", "https://localhost:1/",
                          "https://169.254.169.254/latest/meta-data", "https://[::1]:1/",
                          "https://10.0.0.1/", "https://0x7f000001:1/", "https://2130706433:1/"}) {
    const auto refused = get(url, 1024);
    ASSERT_FALSE(refused) << url;
    EXPECT_EQ(refused.error().code, Code::kDenied) << url << ": " << refused.error().what;
  }
}

}  // namespace
}  // namespace muzn::server
