#include "http/message.h"

#include <algorithm>

namespace muzn::http {
namespace {

constexpr char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::ranges::equal(a, b, [](char x, char y) { return to_lower(x) == to_lower(y); });
}

void Headers::add(std::string_view name, std::string_view value) {
  headers_.push_back(Header{std::string(name), std::string(value)});
}

void Headers::set(std::string_view name, std::string_view value) {
  // The arguments may be views into the headers that are about to go.
  Header fresh{std::string(name), std::string(value)};
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
