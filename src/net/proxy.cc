#include "net/proxy.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "codec/split.h"
#include "http/grammar.h"

namespace muzn::net {
namespace {

constexpr std::string_view kV1Start = "PROXY ";
constexpr std::string_view kV2Start("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::size_t kV2Fixed = 16;

std::optional<std::uint16_t> parse_port(std::string_view text) {
  const auto value = text.size() <= 5 ? http::parse_decimal(text) : std::nullopt;
  if (!value || *value > std::numeric_limits<std::uint16_t>::max()) return std::nullopt;
  return static_cast<std::uint16_t>(*value);
}

// "PROXY TCP4 src dst sport dport\r\n" or "PROXY UNKNOWN ...\r\n".
ProxyResult parse_v1(std::string_view buffer) {
  const auto end = buffer.substr(0, kProxyV1Max).find("\r\n");
  if (end == std::string_view::npos) {
    if (buffer.size() >= kProxyV1Max) return ProxyInvalid{"PROXY line too long"};
    return ProxyNeedMore{};
  }
  ProxyHeader out{.consumed = end + 2, .source = std::nullopt};
  const auto words = codec::split(buffer.substr(0, end), ' ');
  if (words.size() >= 2 && words[1] == "UNKNOWN") return out;
  if (words.size() != 6) return ProxyInvalid{"malformed PROXY line"};
  const bool four = words[1] == "TCP4";
  if (!four && words[1] != "TCP6") return ProxyInvalid{"unknown PROXY protocol"};
  const auto source = Address::parse(words[2]);
  const auto destination = Address::parse(words[3]);
  const auto port = parse_port(words[4]);
  const auto is_family = [&](std::string_view text) {
    return (text.find(':') == std::string_view::npos) == four;
  };
  if (!source || !destination || !port || !parse_port(words[5]) || !is_family(words[2]) ||
      !is_family(words[3])) {
    return ProxyInvalid{"malformed PROXY addresses"};
  }
  out.source = Endpoint{.address = *source, .port = *port};
  return out;
}

std::uint16_t read_be16(std::string_view bytes) {
  return static_cast<std::uint16_t>(static_cast<unsigned char>(bytes[0]) << 8 |
                                    static_cast<unsigned char>(bytes[1]));
}

template <std::size_t N>
std::array<std::uint8_t, N> take_bytes(std::string_view bytes) {
  std::array<std::uint8_t, N> out{};
  std::copy_n(bytes.begin(), N, out.begin());
  return out;
}

// Binary header: signature, version and command, family, length, addresses, TLVs (section 2.2).
ProxyResult parse_v2(std::string_view buffer) {
  if (buffer.size() < kV2Fixed) return ProxyNeedMore{};
  const auto version_command = static_cast<unsigned char>(buffer[12]);
  const auto family = static_cast<unsigned char>(buffer[13]);
  const std::size_t length = read_be16(buffer.substr(14));
  if (version_command >> 4 != 2) return ProxyInvalid{"unknown PROXY version"};
  const unsigned command = version_command & 0x0fU;
  if (command > 1) return ProxyInvalid{"unknown PROXY command"};
  if (length > kProxyV2Max - kV2Fixed) return ProxyInvalid{"PROXY header too long"};
  if (buffer.size() < kV2Fixed + length) return ProxyNeedMore{};
  ProxyHeader out{.consumed = kV2Fixed + length, .source = std::nullopt};
  if (command == 0) return out;  // LOCAL: the proxy speaks for itself
  const std::string_view body = buffer.substr(kV2Fixed, length);
  if (family == 0x11) {  // TCP over IPv4
    if (body.size() < 12) return ProxyInvalid{"short PROXY addresses"};
    out.source =
        Endpoint{.address = Address::v4(take_bytes<4>(body)), .port = read_be16(body.substr(8))};
  } else if (family == 0x21) {  // TCP over IPv6
    if (body.size() < 36) return ProxyInvalid{"short PROXY addresses"};
    out.source =
        Endpoint{.address = Address::v6(take_bytes<16>(body)), .port = read_be16(body.substr(32))};
  }
  return out;
}

// "1.2.3.4", "1.2.3.4:80", "2001:db8::1", "[2001:db8::1]:80".
std::optional<Address> parse_hop(std::string_view text) {
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    return end == std::string_view::npos ? std::nullopt : Address::parse(text.substr(1, end - 1));
  }
  if (std::ranges::count(text, ':') == 1) text = text.substr(0, text.find(':'));
  return Address::parse(text);
}

}  // namespace

ProxyResult parse_proxy_header(std::string_view buffer) {
  if (buffer.starts_with(kV2Start)) return parse_v2(buffer);
  if (buffer.starts_with(kV1Start)) return parse_v1(buffer);
  if (kV1Start.starts_with(buffer) || kV2Start.starts_with(buffer)) return ProxyNeedMore{};
  return ProxyInvalid{"no PROXY header"};
}

Address forwarded_for(const http::Headers& headers, const Address& peer,
                      const TrustedProxies& trusted) {
  if (!trusted.contains(peer)) return peer;
  std::vector<std::string_view> hops;
  for (const http::Header header : headers.all()) {
    if (!http::equal_ignoring_case(header.name, "x-forwarded-for")) continue;
    for (const std::string_view hop : codec::split(header.value, ','))
      hops.push_back(http::trim_ows(hop));
  }
  Address best = peer;
  for (auto hop = hops.rbegin(); hop != hops.rend(); ++hop) {
    const auto address = parse_hop(*hop);
    if (!address) return best;  // what stands left of it cannot be vouched for
    best = *address;
    if (!trusted.contains(best)) return best;
  }
  return best;
}

}  // namespace muzn::net
