#include "object/version_id.h"

#include <algorithm>

#include "codec/varint.h"
#include "crypto/digest.h"

namespace muzn::object {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._";
constexpr unsigned kBitsPerChar = 6;
constexpr std::size_t kRandomBytes = 16;
constexpr std::size_t kChars = 32;  // of 24 bytes

std::uint64_t be64_of(std::string_view bytes) {
  codec::FieldReader reader(bytes);
  return reader.be64().value_or(0);
}

std::uint64_t mask_of(std::string_view random) {
  return be64_of(crypto::sha256(random));
}

// Three bytes are four characters.
std::string to_text(std::string_view bytes) {
  std::string out;
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char byte : bytes) {
    bits = bits << 8U | static_cast<unsigned char>(byte);
    for (count += 8; count >= kBitsPerChar;) {
      count -= kBitsPerChar;
      out.push_back(kAlphabet[bits >> count & 63U]);
    }
  }
  return out;
}

// REQUIRES that all characters are of the alphabet.
std::string to_bytes(std::string_view text) {
  std::string out;
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char c : text) {
    bits = bits << kBitsPerChar | static_cast<std::uint32_t>(kAlphabet.find(c));
    count += kBitsPerChar;
    if (count < 8) continue;
    count -= 8;
    out.push_back(static_cast<char>(bits >> count & 0xFFU));
  }
  return out;
}

}  // namespace

std::string new_version_id(Rng& rng, Time now) {
  std::string bytes = rng.bytes(kRandomBytes);
  codec::put_be64(bytes, static_cast<std::uint64_t>(to_micros(now)) ^ mask_of(bytes));
  return to_text(bytes);
}

bool is_version_id(std::string_view id) {
  return id == kNullVersion || (id.size() == kChars && std::ranges::all_of(id, [](char c) {
                                  return kAlphabet.contains(c);
                                }));
}

std::uint64_t stamp_hint(std::string_view id) {
  if (id == kNullVersion || !is_version_id(id)) return 0;
  const std::string bytes = to_bytes(id);
  const std::string_view random = std::string_view(bytes).substr(0, kRandomBytes);
  return be64_of(std::string_view(bytes).substr(kRandomBytes)) ^ mask_of(random);
}

std::string_view shown_version_id(std::string_view stored) {
  return stored.empty() ? kNullVersion : stored;
}

}  // namespace muzn::object
