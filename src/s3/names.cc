#include "s3/names.h"

#include <algorithm>
#include <array>

namespace muzn::s3 {
namespace {

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool is_lower_alnum(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z');
}

constexpr std::size_t kNameMin = 3;
constexpr std::size_t kNameMax = 63;          // a DNS label
constexpr std::size_t kAncientNameMax = 255;  // names of us-east-1 before 2018

constexpr std::array<std::string_view, 3> kReservedPrefixes = {"xn--", "sthree-", "amzn-s3-demo-"};
constexpr std::array<std::string_view, 5> kReservedSuffixes = {"-s3alias", "--ol-s3", ".mrap",
                                                               "--x-s3", "--table-s3"};

bool looks_like_address(std::string_view name) {
  return std::ranges::count(name, '.') == 3 &&
         std::ranges::all_of(name, [](char c) { return c == '.' || is_digit(c); });
}

}  // namespace

bool valid_bucket_name(std::string_view name) {
  if (name.size() < kNameMin || name.size() > kNameMax) return false;
  if (!is_lower_alnum(name.front()) || !is_lower_alnum(name.back())) return false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (is_lower_alnum(c)) continue;
    if (c == '-') continue;
    if (c != '.') return false;
    // Each label begins and ends with a letter or digit. The ends of the name were judged above.
    if (!is_lower_alnum(name[i - 1]) || !is_lower_alnum(name[i + 1])) return false;
  }
  if (looks_like_address(name)) return false;
  return std::ranges::none_of(kReservedPrefixes,
                              [&](std::string_view p) { return name.starts_with(p); }) &&
         std::ranges::none_of(kReservedSuffixes,
                              [&](std::string_view s) { return name.ends_with(s); });
}

bool possible_bucket_name(std::string_view name) {
  if (name.empty() || name.size() > kAncientNameMax) return false;
  return std::ranges::all_of(name, [](char c) {
    return is_lower_alnum(c) || (c >= 'A' && c <= 'Z') || c == '-' || c == '.' || c == '_';
  });
}

bool climbs(std::string_view key) {
  if (key == "//") return true;
  int depth = 0;
  bool only_dots = true;
  bool any_dots = false;
  while (true) {
    const std::size_t slash = key.find('/');
    const std::string_view segment = key.substr(0, slash);
    if (segment == "." || segment == "..") {
      any_dots = true;
      if (segment == ".." && --depth < 0) return true;
    } else if (!segment.empty()) {
      only_dots = false;
      ++depth;
    }
    if (slash == std::string_view::npos) break;
    key.remove_prefix(slash + 1);
  }
  return only_dots && any_dots;
}

}  // namespace muzn::s3
