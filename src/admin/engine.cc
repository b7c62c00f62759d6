#include "admin/engine.h"

#include <algorithm>

namespace muzn::admin {
namespace {

constexpr std::size_t kNameBytesMax = 63;

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

}  // namespace

bool is_backup_name(std::string_view text) {
  return !text.empty() && text.size() <= kNameBytesMax && is_letter_or_digit(text.front()) &&
         std::ranges::all_of(text, [](char c) {
           return is_letter_or_digit(c) || c == '.' || c == '_' || c == '-';
         });
}

}  // namespace muzn::admin
