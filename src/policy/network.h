// IP addresses and blocks of them, as the conditions IpAddress and NotIpAddress compare. Pure.
// Sources: RFC 4291 section 2.2, RFC 4632 section 3.1.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace muzn::policy {

struct Network {
  std::array<std::uint8_t, 16> bytes{};  // of IPv4 the first four
  bool v6 = false;
  unsigned bits = 0;  // of the prefix
  bool operator==(const Network&) const = default;

  unsigned bits_max() const { return v6 ? 128 : 32; }
  // Every address of `other` is one of these. The families are apart: ::/0 holds no IPv4 address.
  bool contains(const Network& other) const;
};

// "192.0.2.0/24", "2001:db8::/32", or one address, which is a block of itself. Bits behind the
// prefix do not matter. An IPv4 address in IPv6 form (::ffff:192.0.2.1) is IPv4.
std::optional<Network> parse_network(std::string_view text);

}  // namespace muzn::policy
