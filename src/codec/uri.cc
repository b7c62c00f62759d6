#include "codec/uri.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "codec/hex_digit.h"
#include "codec/swar.h"

namespace muzn::codec {
namespace {

constexpr std::string_view kHexDigits = "0123456789ABCDEF";

bool is_unreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

constexpr std::array<bool, 256> make_plain() {
  std::array<bool, 256> table{};
  table.fill(true);
  table['%'] = table['+'] = false;
  return table;
}
constexpr auto kPlain = make_plain();

std::size_t plain_size(std::string_view text) {
  return plain_prefix(text, kPlain, [](std::uint64_t word) {
    return (byte_in(word, '%') | byte_in(word, '+')) != 0;
  });
}

// Decodes to `out`, which has room for as many bytes as `text`; returns how many it has now, -1 on
// a bad escape.
std::ptrdiff_t decode(std::string_view text, bool plus_is_space, char* out) {
  const char* const begin = out;
  for (;;) {
    const std::size_t plain = plain_size(text);
    if (plain > 0) std::memcpy(out, text.data(), plain);
    out += plain;
    text.remove_prefix(plain);
    if (text.empty()) break;
    if (text.front() == '+') {
      *out++ = plus_is_space ? ' ' : '+';
      text.remove_prefix(1);
      continue;
    }
    const int high = text.size() > 2 ? hex_value(text[1]) : -1;
    const int low = text.size() > 2 ? hex_value(text[2]) : -1;
    if (high < 0 || low < 0) return -1;
    *out++ = static_cast<char>(high << 4 | low);
    text.remove_prefix(3);
  }
  return out - begin;
}

std::unexpected<Error> bad_escape() {
  return fail(Code::kInvalid, "uri: bad percent escape");
}

// Length of the well-formed sequence at the start of `bytes`, 0 when there is none. The bounds of
// the second byte are those of RFC 3629 section 4.
std::size_t utf8_sequence(std::string_view bytes) {
  const auto at = [bytes](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
  const std::uint8_t lead = at(0);
  if (lead < 0x80) return 1;
  std::size_t size = 0;
  std::uint8_t low = 0x80;
  std::uint8_t high = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF) {
    size = 2;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    size = 3;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    size = 4;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
  } else {
    return 0;
  }
  if (bytes.size() < size || at(1) < low || at(1) > high) return 0;
  for (std::size_t i = 2; i < size; ++i) {
    if (at(i) < 0x80 || at(i) > 0xBF) return 0;
  }
  return size;
}

}  // namespace

std::string uri_encode(std::string_view bytes, bool encode_slash) {
  std::string out;
  out.reserve(bytes.size() + bytes.size() / 4);
  for (const char c : bytes) {
    if (is_unreserved(c) || (c == '/' && !encode_slash)) {
      out.push_back(c);
    } else {
      const auto byte = static_cast<std::uint8_t>(c);
      out.push_back('%');
      out.push_back(kHexDigits[byte >> 4]);
      out.push_back(kHexDigits[byte & 15U]);
    }
  }
  return out;
}

Result<std::string> uri_decode(std::string_view text) {
  if (!text.contains('%')) return std::string(text);
  std::string out(text.size(), '\0');
  const std::ptrdiff_t size = decode(text, false, out.data());
  if (size < 0) return bad_escape();
  out.resize(static_cast<std::size_t>(size));
  return out;
}

Result<Query> Query::parse(std::string_view raw) {
  Query query;
  if (raw.empty()) return query;
  query.text_ = std::make_unique_for_overwrite<char[]>(raw.size());
  query.params_.reserve(
      std::min(static_cast<std::size_t>(std::ranges::count(raw, '&')) + 1, kQueryParamsMax));
  char* free = query.text_.get();
  // False: a bad escape.
  const auto take = [&free](std::string_view text, std::string_view& out) {
    const std::ptrdiff_t size = decode(text, true, free);
    if (size < 0) return false;
    out = {free, static_cast<std::size_t>(size)};
    free += size;
    return true;
  };
  while (!raw.empty()) {
    const std::size_t end = raw.find('&');
    const std::string_view pair = raw.substr(0, end);
    raw.remove_prefix(end == std::string_view::npos ? raw.size() : end + 1);
    if (pair.empty()) continue;
    if (query.params_.size() == kQueryParamsMax) {
      return fail(Code::kLimit, "uri: too many query parameters");
    }
    const std::size_t equals = pair.find('=');
    QueryParam param;
    if (!take(pair.substr(0, equals), param.name)) return bad_escape();
    if (equals != std::string_view::npos && !take(pair.substr(equals + 1), param.value)) {
      return bad_escape();
    }
    query.params_.push_back(param);
  }
  return query;
}

bool Query::has(std::string_view name) const {
  return get(name).has_value();
}

std::optional<std::string_view> Query::get(std::string_view name) const {
  for (const QueryParam& param : params_) {
    if (param.name == name) return param.value;
  }
  return std::nullopt;
}

bool is_utf8(std::string_view bytes) {
  while (!bytes.empty()) {
    // Eight ASCII bytes at a time: nearly all keys and documents are ASCII.
    std::uint64_t word = 0;
    if (bytes.size() >= sizeof(word)) {
      std::memcpy(&word, bytes.data(), sizeof(word));
      if ((word & 0x8080808080808080ULL) == 0) {
        bytes.remove_prefix(sizeof(word));
        continue;
      }
    }
    const std::size_t size = utf8_sequence(bytes);
    if (size == 0) return false;
    bytes.remove_prefix(size);
  }
  return true;
}

}  // namespace muzn::codec
