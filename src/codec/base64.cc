#include "codec/base64.h"

#include <array>
#include <cstdint>

#include "codec/hex_digit.h"

namespace muzn::codec {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrlAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::uint8_t kNone = 0xFF;

using Sextets = std::array<std::uint8_t, 256>;

constexpr Sextets make_sextets(std::string_view alphabet) {
  Sextets table{};
  table.fill(kNone);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    table[static_cast<std::uint8_t>(alphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return table;
}
constexpr Sextets kSextets = make_sextets(kAlphabet);
constexpr Sextets kUrlSextets = make_sextets(kUrlAlphabet);

constexpr std::uint32_t octet(char c) {
  return static_cast<std::uint8_t>(c);
}

// Groups that are not whole have a digit for each begun sextet, and no padding.
std::string encode(std::string_view bytes, std::string_view alphabet) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  const auto put = [&out, alphabet](std::uint32_t group, int sextets) {
    for (int i = 0; i < sextets; ++i) out.push_back(alphabet[(group >> (18 - 6 * i)) & 63U]);
  };
  std::size_t at = 0;
  for (; at + 3 <= bytes.size(); at += 3) {
    put(octet(bytes[at]) << 16 | octet(bytes[at + 1]) << 8 | octet(bytes[at + 2]), 4);
  }
  if (bytes.size() - at == 1) put(octet(bytes[at]) << 16, 2);
  if (bytes.size() - at == 2) put(octet(bytes[at]) << 16 | octet(bytes[at + 1]) << 8, 3);
  return out;
}

// REQUIRES that no group has one digit only.
Result<std::string> decode(std::string_view digits, const Sextets& sextets) {
  std::string out;
  out.reserve(digits.size() / 4 * 3 + 2);
  std::uint32_t bits = 0;
  int bit_count = 0;
  for (const char c : digits) {
    const std::uint8_t sextet = sextets[static_cast<std::uint8_t>(c)];
    if (sextet == kNone) return fail(Code::kInvalid, "base64: character outside the alphabet");
    bits = (bits << 6 | sextet) & 0xFFFFU;
    bit_count += 6;
    if (bit_count >= 8) {
      bit_count -= 8;
      out.push_back(static_cast<char>(bits >> bit_count & 0xFFU));
    }
  }
  if ((bits & ((1U << bit_count) - 1U)) != 0) {
    return fail(Code::kInvalid, "base64: unused bits are not zero");
  }
  return out;
}

}  // namespace

std::string base64_encode(std::string_view bytes) {
  std::string out = encode(bytes, kAlphabet);
  out.append((4 - out.size() % 4) % 4, '=');
  return out;
}

Result<std::string> base64_decode(std::string_view text) {
  if (text.size() % 4 != 0) return fail(Code::kInvalid, "base64: length is no multiple of 4");
  std::size_t padding = 0;
  if (text.ends_with("==")) {
    padding = 2;
  } else if (text.ends_with("=")) {
    padding = 1;
  }
  return decode(text.substr(0, text.size() - padding), kSextets);
}

std::string base64url_encode(std::string_view bytes) {
  return encode(bytes, kUrlAlphabet);
}

Result<std::string> base64url_decode(std::string_view text) {
  if (text.size() % 4 == 1) return fail(Code::kInvalid, "base64: a digit too many or too few");
  return decode(text, kUrlSextets);
}

std::string hex_encode(std::string_view bytes) {
  std::string out(bytes.size() * 2, '\0');
  std::size_t at = 0;
  for (const char c : bytes) {
    out[at++] = kHexDigits[octet(c) >> 4];
    out[at++] = kHexDigits[octet(c) & 15U];
  }
  return out;
}

Result<std::string> hex_decode(std::string_view text) {
  if (text.size() % 2 != 0) return fail(Code::kInvalid, "hex: odd length");
  std::string out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_value(text[i]);
    const int low = hex_value(text[i + 1]);
    if (high < 0 || low < 0) return fail(Code::kInvalid, "hex: not a hex digit");
    out.push_back(static_cast<char>(high << 4 | low));
  }
  return out;
}

}  // namespace muzn::codec
