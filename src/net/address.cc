#include "net/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>

#include "http/grammar.h"

namespace muzn::net {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr unsigned kMappedBits = 96;

}  // namespace

Address Address::v4(const std::array<std::uint8_t, 4>& bytes) {
  Address out;
  std::ranges::copy(kMappedPrefix, out.bytes_.begin());
  std::ranges::copy(bytes, out.bytes_.begin() + kMappedPrefix.size());
  return out;
}

Address Address::v6(const std::array<std::uint8_t, 16>& bytes) {
  Address out;
  out.bytes_ = bytes;
  return out;
}

std::optional<Address> Address::parse(std::string_view text) {
  const std::string terminated(text);
  if (terminated.find('\0') != std::string::npos) return std::nullopt;
  std::array<std::uint8_t, 4> four{};
  if (::inet_pton(AF_INET, terminated.c_str(), four.data()) == 1) return v4(four);
  std::array<std::uint8_t, 16> sixteen{};
  if (::inet_pton(AF_INET6, terminated.c_str(), sixteen.data()) == 1) return v6(sixteen);
  return std::nullopt;
}

bool Address::is_v4() const {
  return std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes_.begin());
}

std::string Address::text() const {
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  if (is_v4()) {
    ::inet_ntop(AF_INET, bytes_.data() + kMappedPrefix.size(), buffer.data(), buffer.size());
  } else {
    ::inet_ntop(AF_INET6, bytes_.data(), buffer.data(), buffer.size());
  }
  return buffer.data();
}

bool Address::shares_prefix(const Address& other, unsigned bits) const {
  const unsigned whole = bits / 8;
  if (!std::equal(bytes_.begin(), bytes_.begin() + whole, other.bytes_.begin())) return false;
  const unsigned rest = bits % 8;
  if (rest == 0) return true;
  const unsigned shift = 8 - rest;
  return (bytes_[whole] >> shift) == (other.bytes_[whole] >> shift);
}

std::optional<Endpoint> endpoint_of(const sockaddr_storage& address) {
  // memcpy: the storage holds one of several types, and no pointer cast is needed to read it.
  if (address.ss_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &address, sizeof in);
    std::array<std::uint8_t, 4> bytes{};
    std::memcpy(bytes.data(), &in.sin_addr, bytes.size());
    return Endpoint{.address = Address::v4(bytes), .port = ntohs(in.sin_port)};
  }
  if (address.ss_family == AF_INET6) {
    sockaddr_in6 in{};
    std::memcpy(&in, &address, sizeof in);
    std::array<std::uint8_t, 16> bytes{};
    std::memcpy(bytes.data(), &in.sin6_addr, bytes.size());
    return Endpoint{.address = Address::v6(bytes), .port = ntohs(in.sin6_port)};
  }
  return std::nullopt;
}

Result<TrustedProxies> TrustedProxies::parse(const std::vector<std::string>& entries) {
  TrustedProxies out;
  for (const std::string& entry : entries) {
    const auto slash = entry.find('/');
    const auto address = Address::parse(std::string_view(entry).substr(0, slash));
    if (!address) return fail(Code::kInvalid, "not an address or CIDR block: " + entry);
    const unsigned offset = address->is_v4() ? kMappedBits : 0;
    unsigned bits = 128;
    if (slash != std::string::npos) {
      const auto given = http::parse_decimal(std::string_view(entry).substr(slash + 1));
      if (!given || *given > 128 - offset) {
        return fail(Code::kInvalid, "bad prefix length: " + entry);
      }
      bits = static_cast<unsigned>(*given) + offset;
    }
    out.blocks_.push_back(Block{.address = *address, .bits = bits});
  }
  return out;
}

bool TrustedProxies::contains(const Address& address) const {
  return std::ranges::any_of(blocks_, [&](const Block& block) {
    return block.address.shares_prefix(address, block.bits);
  });
}

}  // namespace muzn::net
