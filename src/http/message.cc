#include "http/message.h"

#include <algorithm>
#include <array>

namespace muzn::http {
namespace {

constexpr std::size_t kUsualCount = 12;  // of a head: one allocation for most
constexpr std::size_t kUsualBytes = 640;

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

bool same_letters(std::string_view a, std::string_view b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (to_lower(a[i]) != to_lower(b[i])) return false;
  }
  return true;
}

bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) {
  return equal_ignoring_case(text.substr(0, prefix.size()), prefix);
}

void Headers::add(std::string_view name, std::string_view value) {
  if (fields_.empty()) fields_.reserve(kUsualCount);
  fields_.push_back({.at = static_cast<std::uint32_t>(text_.size()),
                     .name_size = static_cast<std::uint32_t>(name.size()),
                     .value_size = static_cast<std::uint32_t>(value.size())});
  const std::size_t size = text_.size() + name.size() + value.size();
  if (size <= text_.capacity()) {
    text_.append(name).append(value);
    return;
  }
  // The arguments may be of the text that goes.
  std::string larger;
  larger.reserve(std::max(kUsualBytes, 2 * size));
  larger.append(text_).append(name).append(value);
  text_ = std::move(larger);
}

void Headers::set(std::string_view name, std::string_view value) {
  // What is replaced stays in the text, so that the arguments may be views of it.
  std::erase_if(fields_, [&](const Field& f) { return equal_ignoring_case(header(f).name, name); });
  add(name, value);
}

std::optional<std::string_view> Headers::get(std::string_view name) const {
  for (const Field& field : fields_) {
    const Header found = header(field);
    if (equal_ignoring_case(found.name, name)) return found.value;
  }
  return std::nullopt;
}

std::size_t Headers::count(std::string_view name) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      fields_, [&](const Field& f) { return equal_ignoring_case(header(f).name, name); }));
}

}  // namespace muzn::http
