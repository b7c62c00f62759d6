#include "http/grammar.h"

#include <algorithm>
#include <array>
#include <limits>

namespace muzn::http {
namespace {

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool is_alnum(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

constexpr std::array<bool, 256> make_table(std::string_view extra) {
  std::array<bool, 256> table{};
  for (std::size_t i = 0; i < table.size(); ++i) table[i] = is_alnum(static_cast<char>(i));
  for (const char c : extra) table[static_cast<unsigned char>(c)] = true;
  return table;
}
constexpr auto kTokenChars = make_table("!#$%&'*+-.^_`|~");
constexpr auto kHostChars = make_table("-._~!$&'()*+,;=%");
constexpr auto kAddressChars = make_table(":.");  // inside the brackets of an IPv6 literal

bool all_in(std::string_view text, const std::array<bool, 256>& table) {
  return std::ranges::all_of(text, [&](char c) { return table[static_cast<unsigned char>(c)]; });
}

bool is_port(std::string_view text) {
  if (text.empty()) return true;  // "host:" is valid: port = *DIGIT
  const auto value = text.size() <= 5 ? parse_decimal(text) : std::nullopt;
  return value && *value <= std::numeric_limits<std::uint16_t>::max();
}

}  // namespace

bool is_token(std::string_view text) {
  return !text.empty() && all_in(text, kTokenChars);
}

bool is_field_value(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return c == '\t' || (byte >= 0x20 && byte != 0x7f);
  });
}

std::string_view trim_ows(std::string_view text) {
  const auto is_ows = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_ows(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_ows(text.back())) text.remove_suffix(1);
  return text;
}

std::optional<std::uint64_t> parse_decimal(std::string_view text) {
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
  if (text.empty()) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    if (!is_digit(c)) return std::nullopt;
    const auto digit = static_cast<std::uint64_t>(c - '0');
    if (value > (kMax - digit) / 10) return std::nullopt;
    value = value * 10 + digit;
  }
  return value;
}

bool is_host(std::string_view text) {
  std::string_view port;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos || end == 1) return false;
    if (!all_in(text.substr(1, end - 1), kAddressChars)) return false;
    port = text.substr(end + 1);
    if (port.empty()) return true;
    return port.front() == ':' && is_port(port.substr(1));
  }
  const auto colon = text.find(':');
  const std::string_view name = text.substr(0, colon);
  if (name.empty() || !all_in(name, kHostChars)) return false;
  return colon == std::string_view::npos || is_port(text.substr(colon + 1));
}

}  // namespace muzn::http
