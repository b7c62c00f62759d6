#include "policy/network.h"

#include <algorithm>
#include <charconv>
#include <span>

namespace muzn::policy {
namespace {

constexpr std::size_t kGroups = 8;
constexpr std::array<std::uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
constexpr unsigned kMappedBits = 96;

std::optional<unsigned> parse_number(std::string_view text, unsigned most) {
  unsigned out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  const bool padded = text.size() > 1 && text.front() == '0';
  if (!whole || padded || out > most) return std::nullopt;
  return out;
}

std::optional<std::array<std::uint8_t, 4>> parse_v4(std::string_view text) {
  std::array<std::uint8_t, 4> out{};
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::size_t end = i + 1 < out.size() ? text.find('.') : text.size();
    if (end == std::string_view::npos) return std::nullopt;
    const auto part = parse_number(text.substr(0, end), 255);
    if (!part) return std::nullopt;
    out[i] = static_cast<std::uint8_t>(*part);
    text.remove_prefix(std::min(text.size(), end + 1));
  }
  return out;
}

// The groups of one side of "::"; an IPv4 address at the very end counts for two.
struct Groups {
  std::array<std::uint16_t, kGroups> values{};
  std::size_t count = 0;
};

std::optional<Groups> parse_groups(std::string_view text, bool at_end) {
  Groups out;
  if (text.empty()) return out;
  for (;;) {
    const std::size_t colon = text.find(':');
    const std::string_view group = text.substr(0, colon);
    if (colon == std::string_view::npos && at_end && group.contains('.')) {
      const auto v4 = parse_v4(group);
      if (!v4 || out.count + 2 > kGroups) return std::nullopt;
      out.values[out.count++] = static_cast<std::uint16_t>((*v4)[0] << 8U | (*v4)[1]);
      out.values[out.count++] = static_cast<std::uint16_t>((*v4)[2] << 8U | (*v4)[3]);
      return out;
    }
    unsigned value = 0;
    const auto [end, error] = std::from_chars(group.data(), group.data() + group.size(), value, 16);
    const bool whole = error == std::errc() && end == group.data() + group.size();
    if (!whole || group.size() > 4 || out.count == kGroups) return std::nullopt;
    out.values[out.count++] = static_cast<std::uint16_t>(value);
    if (colon == std::string_view::npos) return out;
    text.remove_prefix(colon + 1);
  }
}

std::optional<std::array<std::uint8_t, 16>> parse_v6(std::string_view text) {
  const std::size_t gap = text.find("::");
  const bool whole = gap == std::string_view::npos;
  const auto head = parse_groups(text.substr(0, gap), whole);
  const auto tail =
      whole ? std::optional<Groups>(Groups{}) : parse_groups(text.substr(gap + 2), true);
  if (!head || !tail) return std::nullopt;
  const std::size_t count = head->count + tail->count;
  if (whole ? count != kGroups : count >= kGroups) return std::nullopt;
  std::array<std::uint8_t, 16> out{};
  const auto put = [&out](std::size_t group, std::uint16_t value) {
    out[2 * group] = static_cast<std::uint8_t>(value >> 8U);
    out[2 * group + 1] = static_cast<std::uint8_t>(value & 0xFFU);
  };
  for (std::size_t i = 0; i < head->count; ++i) put(i, head->values[i]);
  for (std::size_t i = 0; i < tail->count; ++i) put(kGroups - tail->count + i, tail->values[i]);
  return out;
}

std::optional<Network> parse_address(std::string_view text) {
  Network out;
  if (const auto v4 = parse_v4(text)) {
    std::ranges::copy(*v4, out.bytes.begin());
    out.bits = 32;
    return out;
  }
  const auto v6 = parse_v6(text);
  if (!v6) return std::nullopt;
  out.bytes = *v6;
  out.v6 = true;
  out.bits = 128;
  return out;
}

// ::ffff:192.0.2.1 names an IPv4 address.
Network unmapped(Network network) {
  if (!network.v6 || network.bits < kMappedBits ||
      !std::ranges::equal(kMappedPrefix, std::span(network.bytes).first(kMappedPrefix.size()))) {
    return network;
  }
  Network out;
  std::ranges::copy(std::span(network.bytes).subspan(kMappedPrefix.size()), out.bytes.begin());
  out.bits = network.bits - kMappedBits;
  return out;
}

}  // namespace

bool Network::contains(const Network& other) const {
  if (v6 != other.v6 || bits > other.bits) return false;
  for (unsigned bit = 0; bit < bits; bit += 8) {
    const unsigned left = std::min(bits - bit, 8U);
    const auto mask = static_cast<std::uint8_t>(0xFFU << (8U - left));
    const std::size_t at = bit / 8;
    if (((bytes[at] ^ other.bytes[at]) & mask) != 0) return false;
  }
  return true;
}

std::optional<Network> parse_network(std::string_view text) {
  const std::size_t slash = text.find('/');
  auto out = parse_address(text.substr(0, slash));
  if (!out) return std::nullopt;
  if (slash != std::string_view::npos) {
    const auto bits = parse_number(text.substr(slash + 1), out->bits_max());
    if (!bits) return std::nullopt;
    out->bits = *bits;
  }
  return unmapped(*out);
}

}  // namespace muzn::policy
