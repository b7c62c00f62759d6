#include "control/names.h"

#include <algorithm>
#include <array>

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

bool is_name(std::string_view text, std::size_t bytes_max) {
  // Dot segments would vanish from any path or ARN that names such a thing.
  if (text == "." || text == "..") return false;
  return !text.empty() && text.size() <= bytes_max && std::ranges::all_of(text, [](char c) {
    return is_word(c) || std::string_view("+=,.@-").contains(c);
  });
}

// Of UTF-8.
std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

// Letters, digits and spaces of other scripts are not told from their signs.
bool is_tag_text(std::string_view text, std::size_t characters_max) {
  return codec::is_utf8(text) && characters(text) <= characters_max &&
         std::ranges::all_of(text, [](char c) {
           return static_cast<unsigned char>(c) >= 0x80 || is_word(c) ||
                  std::string_view(" .:/=+-@").contains(c);
         });
}

constexpr std::array<std::string_view, kIamKinds> kIdPrefixes = {"AIDA", "AGPA", "AROA", "ANPA",
                                                                 ""};

}  // namespace

bool is_account_id(std::string_view text) {
  return text.size() == 12 && text[0] != '0' && std::ranges::all_of(text, is_digit);
}

bool is_canonical_id(std::string_view text) {
  return text.size() == 64 && std::ranges::all_of(text, is_hex);
}

bool is_display_name(std::string_view text) {
  return !text.empty() && is_line(text, kDisplayNameCharsMax);
}

bool is_line(std::string_view text, std::size_t characters_max) {
  if (!codec::is_utf8(text)) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7f) return false;
    // U+0080-U+009F are controls too; in UTF-8 they are C2 80-9F.
    if (byte == 0xc2 && static_cast<unsigned char>(text[i + 1]) < 0xa0) return false;
  }
  return characters(text) <= characters_max;
}

bool is_email(std::string_view text) {
  const std::size_t at = text.find('@');
  return text.size() <= kEmailBytesMax && at != std::string_view::npos && at > 0 &&
         at + 1 < text.size() && text.find('@', at + 1) == std::string_view::npos &&
         std::ranges::all_of(text, is_graphic);
}

bool is_user_name(std::string_view text) {
  return is_name(text, kUserNameBytesMax);
}

bool is_policy_name(std::string_view text) {
  return is_name(text, kGroupNameBytesMax);
}

bool is_iam_name(IamKind kind, std::string_view text) {
  switch (kind) {
    case IamKind::kUser:
    case IamKind::kRole:
      return is_user_name(text);
    case IamKind::kGroup:
    case IamKind::kPolicy:
      return is_policy_name(text);
    case IamKind::kProvider:
      return is_provider_url(text);
  }
  return false;
}

std::string_view id_prefix(IamKind kind) {
  return kIdPrefixes[static_cast<std::size_t>(kind)];
}

bool is_unique_id(IamKind kind, std::string_view text) {
  const std::string_view prefix = id_prefix(kind);
  return !prefix.empty() && text.size() == prefix.size() + 17 && text.starts_with(prefix) &&
         std::ranges::all_of(text.substr(prefix.size()), [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= '2' && c <= '7');
         });
}

bool is_path(std::string_view text) {
  return !text.empty() && text.size() <= kPathBytesMax && text.front() == '/' &&
         text.back() == '/' && text != "//" && std::ranges::all_of(text, is_graphic);
}

bool is_description(std::string_view text) {
  return codec::is_utf8(text) && characters(text) <= kDescriptionCharsMax &&
         std::ranges::all_of(text, [](char c) {
           const auto byte = static_cast<unsigned char>(c);
           return (byte >= 0x20 && byte != 0x7f) || c == '\t' || c == '\n' || c == '\r';
         });
}

bool is_alias(std::string_view text) {
  return text.size() >= 3 && text.size() <= 63 && !is_account_id(text) && text.front() != '-' &&
         text.back() != '-' && !text.contains("--") &&
         std::ranges::all_of(text, [](char c) { return is_digit(c) || is_lower(c) || c == '-'; });
}

bool is_tag_key(std::string_view text) {
  // AWS keeps these for itself.
  return !text.empty() && !fold_case(text).starts_with("aws:") &&
         is_tag_text(text, kTagKeyCharsMax);
}

bool is_tag_value(std::string_view text) {
  return is_tag_text(text, kTagValueCharsMax);
}

bool is_provider_url(std::string_view text) {
  return !text.empty() && text.size() <= kUrlBytesMax && text.front() != '/' &&
         text.back() != '/' &&
         std::ranges::all_of(text, [](char c) { return is_graphic(c) && c != '?' && c != '#'; });
}

bool is_client_id(std::string_view text) {
  return !text.empty() && is_printable(text, kUrlBytesMax);
}

bool is_thumbprint(std::string_view text) {
  return text.size() == 40 &&
         std::ranges::all_of(text, [](char c) { return is_hex(c) || (c >= 'A' && c <= 'F'); });
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
