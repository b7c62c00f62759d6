// IP addresses as values, and the blocks of trusted proxies.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

struct sockaddr_storage;

namespace muzn::net {

// IPv6, or IPv4 as ::ffff:a.b.c.d, so that both forms of one peer are equal.
class Address {
 public:
  // Textual IPv4 or IPv6, without port, brackets or zone.
  static std::optional<Address> parse(std::string_view text);
  static Address v4(const std::array<std::uint8_t, 4>& bytes);
  static Address v6(const std::array<std::uint8_t, 16>& bytes);

  bool is_v4() const;
  std::string text() const;  // dotted quad for IPv4
  // The first `bits` bits (of 128) are the same.
  bool shares_prefix(const Address& other, unsigned bits) const;

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

struct Endpoint {
  Address address;
  std::uint16_t port = 0;
};
// nullopt for other families.
std::optional<Endpoint> endpoint_of(const sockaddr_storage& address);

// The addresses whose word about the client is believed.
class TrustedProxies {
 public:
  // Each entry is an address or a CIDR block. Errors: kInvalid.
  static Result<TrustedProxies> parse(const std::vector<std::string>& entries);
  bool contains(const Address& address) const;
  bool empty() const { return blocks_.empty(); }

 private:
  struct Block {
    Address address;
    unsigned bits = 128;
  };
  std::vector<Block> blocks_;
};

}  // namespace muzn::net
