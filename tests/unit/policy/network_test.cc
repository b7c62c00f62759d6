#include "policy/network.h"

#include <gtest/gtest.h>

namespace muzn::policy {
namespace {

bool holds(std::string_view block, std::string_view address) {
  const auto network = parse_network(block);
  const auto one = parse_network(address);
  EXPECT_TRUE(network) << block;
  EXPECT_TRUE(one) << address;
  return network && one && network->contains(*one);
}

TEST(NetworkTest, BlocksOfIpv4) {
  EXPECT_TRUE(holds("192.0.2.0/24", "192.0.2.255"));
  EXPECT_FALSE(holds("192.0.2.0/24", "192.0.3.0"));
  EXPECT_TRUE(holds("192.0.2.77/24", "192.0.2.1"));  // bits behind the prefix do not matter
  EXPECT_TRUE(holds("0.0.0.0/0", "255.255.255.255"));
  EXPECT_TRUE(holds("10.0.0.1", "10.0.0.1"));
  EXPECT_FALSE(holds("10.0.0.1", "10.0.0.2"));
  EXPECT_TRUE(holds("10.0.0.0/31", "10.0.0.1"));
  EXPECT_FALSE(holds("10.0.0.0/31", "10.0.0.2"));
}

TEST(NetworkTest, BlocksOfIpv6) {
  EXPECT_TRUE(holds("2001:db8::/32", "2001:db8:ffff::1"));
  EXPECT_FALSE(holds("2001:db8::/32", "2001:db9::"));
  EXPECT_TRUE(holds("2001:DB8:1234:5678::/64", "2001:db8:1234:5678:abcd::"));
  EXPECT_TRUE(holds("::1", "0:0:0:0:0:0:0:1"));
  EXPECT_TRUE(holds("fe80::/10", "febf::1"));
  EXPECT_FALSE(holds("fe80::/10", "fec0::1"));
}

TEST(NetworkTest, FamiliesAreApartButForMappedAddresses) {
  EXPECT_FALSE(holds("::/0", "192.0.2.1"));
  EXPECT_FALSE(holds("0.0.0.0/0", "2001:db8::1"));
  EXPECT_TRUE(holds("192.0.2.0/24", "::ffff:192.0.2.9"));
  EXPECT_TRUE(holds("::ffff:192.0.2.0/120", "192.0.2.9"));
}

TEST(NetworkTest, WhatIsNoAddress) {
  for (const char* text : {"",
                           "1.2.3",
                           "1.2.3.4.5",
                           "256.1.1.1",
                           "01.2.3.4",
                           "1.2.3.4/33",
                           "1.2.3.4/",
                           "1.2.3.4/-1",
                           "1.2.3.4/08",
                           " 1.2.3.4",
                           "1.2.3.4 ",
                           "a.b.c.d",
                           ":",
                           ":::",
                           "1::2::3",
                           "1:2:3:4:5:6:7",
                           "1:2:3:4:5:6:7:8:9",
                           "12345::",
                           "::g",
                           "2001:db8::/129",
                           "1:2:3:4:5:6:7::8",
                           "::1.2.3",
                           "1.2.3.4::",
                           "fe80::1%eth0",
                           "[::1]",
                           "0x1.2.3.4"}) {
    EXPECT_FALSE(parse_network(text)) << text;
  }
}

}  // namespace
}  // namespace muzn::policy
