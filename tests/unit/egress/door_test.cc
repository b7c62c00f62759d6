#include "egress/door.h"

#include <gtest/gtest.h>

#include "unit/net/test_server.h"

namespace muzn::egress {
namespace {

TEST(IsPublic, SpecialPurposeAddressesAreNot) {
  for (const char* text : {"127.0.0.1",
                           "127.255.255.255",
                           "10.1.2.3",
                           "172.16.0.1",
                           "172.31.255.255",
                           "192.168.1.1",
                           "169.254.169.254",
                           "100.64.0.1",
                           "0.0.0.0",
                           "224.0.0.1",
                           "255.255.255.255",
                           "198.18.0.1",
                           "::",
                           "::1",
                           "::127.0.0.1",
                           "fe80::1",
                           "fd00::1",
                           "fc00::1",
                           "ff02::1",
                           "64:ff9b::7f00:1",
                           "2002:7f00:1::",
                           "2001:db8::1",
                           "::ffff:10.0.0.1"}) {
    EXPECT_FALSE(is_public(net::Address::parse(text).value())) << text;
  }
  for (const char* text : {"1.1.1.1", "9.255.255.255", "11.0.0.0", "172.15.0.1", "172.32.0.1",
                           "192.167.0.1", "100.63.0.1", "100.128.0.1", "223.255.255.255",
                           "2606:4700::1111", "2a00::1", "::ffff:1.1.1.1"}) {
    EXPECT_TRUE(is_public(net::Address::parse(text).value())) << text;
  }
}

class DoorTest : public testing::Test {
 protected:
  Result<net::ClientResponse> fetch(std::vector<std::string> allowed, const std::string& url) {
    TRY(const Door door, Door::make({.allowed = std::move(allowed)}, clock_));
    return door.fetch({.url = url, .timeout_ms = 5000}, *policy::may_send({}, {}));
  }
  Code code(std::vector<std::string> allowed, const std::string& url) {
    const auto out = fetch(std::move(allowed), url);
    return out ? Code::kInternal : out.error().code;
  }

  SystemClock clock_;
  net::TestServer server_;
  std::string port_ = std::to_string(server_.port());
};

TEST_F(DoorTest, OpensToWhatIsAllowed) {
  const std::string base = "http://127.0.0.1:" + port_;
  const auto out = fetch({"http://other.example", base + "/some/path"}, base + "/hello?x");
  ASSERT_TRUE(out) << out.error().what;
  EXPECT_EQ(out->body, "GET /hello?x");
  EXPECT_TRUE(fetch({"http://LOCALHOST:" + port_}, "http://localhost:" + port_ + "/"));
}

TEST_F(DoorTest, AndToNothingElse) {
  const std::string base = "http://127.0.0.1:" + port_;
  EXPECT_EQ(code({}, base), Code::kDenied);
  EXPECT_EQ(code({"https://127.0.0.1:" + port_}, base), Code::kDenied);
  EXPECT_EQ(code({"http://127.0.0.1:1"}, base), Code::kDenied);
  EXPECT_EQ(code({"http://localhost:" + port_}, base), Code::kDenied);
  EXPECT_EQ(code({base}, "http://127.0.0.1.example:" + port_), Code::kDenied);
  EXPECT_EQ(code({base}, "ftp://127.0.0.1/"), Code::kInvalid);
  EXPECT_EQ(code({"nonsense"}, base), Code::kInvalid);
}

TEST_F(DoorTest, WordsOfOthersAreNotTaken) {
  for (const std::string host : {"127.0.0.1", "localhost", "[::1]"}) {
    const std::string base = "http://" + host + ":" + port_;
    Options options{.allowed = {base}, .by_others = true};
    const auto refused = Door::make(options, clock_)
                             ->fetch({.url = base, .timeout_ms = 5000}, *policy::may_send({}, {}));
    ASSERT_FALSE(refused) << base;
    EXPECT_EQ(refused.error().code, Code::kDenied) << base;
    if (host == "[::1]") continue;
    options.private_names = true;
    EXPECT_TRUE(Door::make(options, clock_)
                    ->fetch({.url = base, .timeout_ms = 5000}, *policy::may_send({}, {})))
        << base;
  }
}

TEST_F(DoorTest, BoundsWhatComesBack) {
  const std::string base = "http://127.0.0.1:" + port_;
  const Door door = Door::make({.allowed = {base}}, clock_).value();
  const auto out = door.fetch({.url = base + "/deny", .body_max = 3}, *policy::may_send({}, {}));
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().code, Code::kLimit);
  EXPECT_EQ(
      door.fetch({.url = base + "/slow", .timeout_ms = 50}, *policy::may_send({}, {})).error().code,
      Code::kTimeout);
}

// "127.1" is no address in the strict form, so it goes to the resolver, which says 127.0.0.1: as it
// would for a name of somebody else's that points to us.
TEST_F(DoorTest, GHSA_m479_9x88_94w6_NamesDoNotLeadInside) {
  const std::string base = "http://127.1:" + port_;
  EXPECT_EQ(code({base}, base), Code::kDenied);
  const auto door = Door::make({.allowed = {base}, .private_names = true}, clock_);
  EXPECT_TRUE(door->fetch({.url = base, .timeout_ms = 5000}, *policy::may_send({}, {})));
}

}  // namespace
}  // namespace muzn::egress
