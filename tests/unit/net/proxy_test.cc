#include "net/proxy.h"

#include <gtest/gtest.h>

#include <string>
#include <variant>

namespace muzn::net {
namespace {

using namespace std::string_literals;

const std::string kSignature = "\r\n\r\n\0\r\nQUIT\n"s;
const std::string kV4Block = "\x01\x02\x03\x04\x05\x06\x07\x08\x03\xe8\x00\x50"s;

std::string source_of(const std::string& bytes) {
  const ProxyResult result = parse_proxy_header(bytes);
  if (std::holds_alternative<ProxyNeedMore>(result)) return "more";
  if (std::holds_alternative<ProxyInvalid>(result)) return "invalid";
  const auto& header = std::get<ProxyHeader>(result);
  if (!header.source) return "own";
  return header.source->address.text() + " " + std::to_string(header.source->port);
}

TEST(ProxyProtocol, VersionOne) {
  EXPECT_EQ(source_of("PROXY TCP4 1.2.3.4 5.6.7.8 1000 80\r\nGET /"), "1.2.3.4 1000");
  EXPECT_EQ(source_of("PROXY TCP6 2001:db8::1 ::1 65535 0\r\n"), "2001:db8::1 65535");
  EXPECT_EQ(source_of("PROXY UNKNOWN\r\n"), "own");
  EXPECT_EQ(source_of("PROXY UNKNOWN ffff:: x y z\r\n"), "own");
  for (const char* bad :
       {"PROXY TCP4 1.2.3.4 5.6.7.8 1000\r\n", "PROXY TCP4 1.2.3.256 5.6.7.8 1 2\r\n",
        "PROXY TCP4 ::1 ::1 1 2\r\n", "PROXY TCP6 1.2.3.4 5.6.7.8 1 2\r\n",
        "PROXY TCP4 1.2.3.4 5.6.7.8 65536 2\r\n", "PROXY TCP4  1.2.3.4 5.6.7.8 1 2\r\n",
        "PROXY UDP4 1.2.3.4 5.6.7.8 1 2\r\n", "PROXY\r\n", "GET / HTTP/1.1\r\n",
        "PROXY TCP4 1.2.3.4 5.6.7.8 -1 2\r\n"}) {
    EXPECT_EQ(source_of(bad), "invalid") << bad;
  }
  EXPECT_EQ(source_of("PROXY TCP4 " + std::string(kProxyV1Max, '1')), "invalid");
}

TEST(ProxyProtocol, VersionTwo) {
  EXPECT_EQ(source_of(kSignature + "\x21\x11\x00\x0c"s + kV4Block + "GET"), "1.2.3.4 1000");
  EXPECT_EQ(source_of(kSignature + "\x21\x11\x00\x0f"s + kV4Block + "\x04\x00\x00"s),
            "1.2.3.4 1000");
  EXPECT_EQ(source_of(kSignature + "\x20\x00\x00\x00"s), "own");
  EXPECT_EQ(source_of(kSignature + "\x21\x00\x00\x00"s), "own");
  std::string six = kSignature + "\x21\x21\x00\x24"s + std::string(36, '\0');
  six[16] = '\x20';
  six[17] = '\x01';
  six[49] = '\x07';
  EXPECT_EQ(source_of(six), "2001:: 7");
  for (const std::string& bad : {"\x11\x11\x00\x0c"s + kV4Block, "\x22\x11\x00\x0c"s + kV4Block,
                                 "\x21\x11\x00\x04"s + "abcd", "\x21\x21\x00\x0c"s + kV4Block,
                                 "\x21\x11\xff\xff"s + kV4Block}) {
    EXPECT_EQ(source_of(kSignature + bad), "invalid");
  }
}

TEST(ProxyProtocol, EveryPrefixNeedsMore) {
  for (const std::string& whole :
       {"PROXY TCP4 1.2.3.4 5.6.7.8 1000 80\r\n"s, kSignature + "\x21\x11\x00\x0c"s + kV4Block}) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      EXPECT_EQ(source_of(whole.substr(0, size)), "more") << size;
    }
  }
}

std::string client_of(const std::string& forwarded, const std::string& peer = "10.0.0.1") {
  const auto trusted = TrustedProxies::parse({"10.0.0.0/8", "2001:db8::/32", "::1"});
  http::Headers headers;
  headers.add("x-forwarded-for", forwarded);
  return forwarded_for(headers, *Address::parse(peer), *trusted).text();
}

TEST(ForwardedFor, RightmostUntrustedHop) {
  EXPECT_EQ(client_of("1.1.1.1, 2.2.2.2"), "2.2.2.2");
  EXPECT_EQ(client_of("1.1.1.1, 2.2.2.2, 10.9.9.9"), "2.2.2.2");
  EXPECT_EQ(client_of("1.1.1.1,10.1.1.1, 10.9.9.9"), "1.1.1.1");
  EXPECT_EQ(client_of("10.1.1.1"), "10.1.1.1");
  EXPECT_EQ(client_of("1.1.1.1, junk"), "10.0.0.1");
  EXPECT_EQ(client_of("junk, 10.2.2.2"), "10.2.2.2");
  EXPECT_EQ(client_of(""), "10.0.0.1");
  EXPECT_EQ(client_of("1.1.1.1", "3.3.3.3"), "3.3.3.3");
  EXPECT_EQ(client_of("1.2.3.4:567"), "1.2.3.4");
  EXPECT_EQ(client_of("[2001:db9::1]:567", "::1"), "2001:db9::1");
  EXPECT_EQ(client_of("2001:db9::1, 2001:db8::5", "::ffff:10.0.0.1"), "2001:db9::1");
}

TEST(TrustedProxies, BlocksMatchByPrefix) {
  const auto contains = [](const std::string& block, const char* address) {
    return TrustedProxies::parse({block})->contains(*Address::parse(address));
  };
  EXPECT_TRUE(contains("192.168.4.0/22", "192.168.7.255"));
  EXPECT_FALSE(contains("192.168.4.0/22", "192.168.8.0"));
  EXPECT_TRUE(contains("0.0.0.0/0", "8.8.8.8"));
  EXPECT_FALSE(contains("0.0.0.0/0", "2001::"));
  EXPECT_TRUE(contains("::/0", "8.8.8.8"));
  EXPECT_TRUE(contains("fe80::/10", "febf::1"));
  EXPECT_FALSE(contains("fe80::/10", "fec0::1"));
  EXPECT_TRUE(contains("1.2.3.4", "::ffff:1.2.3.4"));
  for (const char* bad : {"", "1.2.3", "1.2.3.4/33", "::1/129", "1.2.3.4/", "1.2.3.4/-1", "host"}) {
    EXPECT_FALSE(TrustedProxies::parse({bad})) << bad;
  }
}

}  // namespace
}  // namespace muzn::net
