#include "http/message.h"

#include <algorithm>
#include <array>

namespace muzn::http {
namespace {

constexpr std::size_t kUsualCount = 12;  // of a head: one allocation for most

constexpr std::array<char, 256> make_lower() {
  std::array<char, 256> table{};
  for (std::size_t i = 0; i < table.size(); ++i) {
    const auto c = static_cast<char>(i);
    table.at(i) = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return table;
}
constexpr std::array<char, 256> kLower = make_lower();

char to_lower(char c) {
  return kLower[static_cast<unsigned char>(c)];
}

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::ranges::equal(a, b, [](char x, char y) { return to_lower(x) == to_lower(y); });
}

bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) {
  return equal_ignoring_case(text.substr(0, prefix.size()), prefix);
}

void Headers::add(std::string_view name, std::string_view value) {
  if (headers_.empty()) headers_.reserve(kUsualCount);
  headers_.push_back(Header{std::string(name), std::string(value)});
}

void Headers::set(std::string_view name, std::string_view value) {
  // The arguments may be views into the headers that are about to go.
  Header fresh{std::string(name), std::string(value)};
  if (headers_.empty()) headers_.reserve(kUsualCount);
  std::erase_if(headers_, [&](const Header& h) { return equal_ignoring_case(h.name, fresh.name); });
  headers_.push_back(std::move(fresh));
}

std::optional<std::string_view> Headers::get(std::string_view name) const {
  for (const Header& header : headers_) {
    if (equal_ignoring_case(header.name, name)) return header.value;
  }
  return std::nullopt;
}

std::size_t Headers::count(std::string_view name) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      headers_, [&](const Header& h) { return equal_ignoring_case(h.name, name); }));
}

}  // namespace muzn::http
