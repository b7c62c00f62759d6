#include "control/names.h"

#include <algorithm>

#include "codec/uri.h"

namespace muzn::control {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_word(char c) {
  return is_digit(c) || is_lower(c) || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f');
}
bool is_graphic(char c) {
  return c > 0x20 && c < 0x7f;
}

}  // namespace

bool is_account_id(std::string_view text) {
  return text.size() == 12 && text[0] != '0' && std::ranges::all_of(text, is_digit);
}

bool is_canonical_id(std::string_view text) {
  return text.size() == 64 && std::ranges::all_of(text, is_hex);
}

bool is_display_name(std::string_view text) {
  if (!codec::is_utf8(text)) return false;
  std::size_t characters = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7f) return false;
    // U+0080-U+009F are controls too; in UTF-8 they are C2 80-9F.
    if (byte == 0xc2 && static_cast<unsigned char>(text[i + 1]) < 0xa0) return false;
    if ((byte & 0xc0) != 0x80) ++characters;
  }
  return characters >= 1 && characters <= kDisplayNameCharsMax;
}

bool is_email(std::string_view text) {
  const std::size_t at = text.find('@');
  return text.size() <= kEmailBytesMax && at != std::string_view::npos && at > 0 &&
         at + 1 < text.size() && text.find('@', at + 1) == std::string_view::npos &&
         std::ranges::all_of(text, is_graphic);
}

bool is_user_name(std::string_view text) {
  // Dot segments would vanish from any path or ARN that names such a user.
  if (text == "." || text == "..") return false;
  return !text.empty() && text.size() <= kUserNameBytesMax && std::ranges::all_of(text, [](char c) {
    return is_word(c) || std::string_view("+=,.@-").contains(c);
  });
}

bool is_user_id(std::string_view text) {
  return text.size() == 21 && text.starts_with("AIDA") &&
         std::ranges::all_of(text.substr(4), [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= '2' && c <= '7');
         });
}

bool is_access_key(std::string_view text) {
  return text.size() >= kAccessKeyBytesMin && text.size() <= kAccessKeyBytesMax &&
         std::ranges::all_of(text, is_word);
}

bool is_secret_key(std::string_view text) {
  return text.size() >= kSecretKeyBytesMin && text.size() <= kSecretKeyBytesMax &&
         std::ranges::all_of(text, is_graphic);
}

bool is_region(std::string_view text) {
  return !text.empty() && text.size() <= 64 &&
         std::ranges::all_of(text, [](char c) { return is_digit(c) || is_lower(c) || c == '-'; });
}

bool is_bucket_name(std::string_view text) {
  return text.size() >= 3 && text.size() <= 63 && std::ranges::all_of(text, [](char c) {
           return is_digit(c) || is_lower(c) || c == '.' || c == '-';
         });
}

bool is_bucket_id(std::string_view text) {
  return text.size() == 32 && std::ranges::all_of(text, is_hex);
}

bool is_printable(std::string_view text, std::size_t bytes_max) {
  return text.size() <= bytes_max &&
         std::ranges::all_of(text, [](char c) { return c == ' ' || is_graphic(c); });
}

std::string fold_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

}  // namespace muzn::control
