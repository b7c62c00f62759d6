#include "audit/line.h"

#include <array>
#include <cstdint>
#include <cstring>

#include "codec/swar.h"
#include "codec/uri.h"

namespace muzn::audit {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD
constexpr std::size_t kUsualBytes = 1024;                  // of a line: one allocation for most
constexpr char kHexDigits[] = "0123456789abcdef";

// Bytes of the UTF-8 character at the front, 0 when it is none.
std::size_t utf8_length(std::string_view rest) {
  const auto lead = static_cast<unsigned char>(rest[0]);
  const std::size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  return length <= rest.size() && codec::is_utf8(rest.substr(0, length)) ? length : 0;
}

// Controls (C0, DEL, C1) would move a terminal's cursor or forge a line.
bool is_control(std::string_view character) {
  const auto lead = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) return lead < 0x20 || lead == 0x7f;
  return character.size() == 2 && lead == 0xc2 && static_cast<unsigned char>(character[1]) < 0xa0;
}

void append_escape(std::string& out, std::string_view control) {
  const auto code = static_cast<unsigned char>(control.back());  // U+0000-U+009F is its last byte
  out.append("\\u00");
  out.push_back(kHexDigits[code >> 4]);
  out.push_back(kHexDigits[code & 15]);
}

// Stands for itself within quotes.
constexpr std::array<bool, 256> make_ordinary() {
  std::array<bool, 256> table{};
  for (std::size_t byte = 0x20; byte < 0x7f; ++byte) table.at(byte) = byte != '"' && byte != '\\';
  return table;
}
constexpr std::array<bool, 256> kOrdinary = make_ordinary();

bool has_extraordinary(std::uint64_t word) {
  return (codec::below_in(word, 0x20) | codec::beyond_ascii_in(word) | codec::byte_in(word, '"') |
          codec::byte_in(word, '\\')) != 0;
}

std::size_t ordinary_prefix(std::string_view text) {
  return codec::plain_prefix(text, kOrdinary, has_extraordinary);
}

// A JSON string (RFC 8259 section 7), which is also what the text form quotes with.
void append_quoted(std::string& out, std::string_view text) {
  out.push_back('"');
  for (;;) {
    const std::size_t ordinary = ordinary_prefix(text);
    out.append(text.substr(0, ordinary));
    text.remove_prefix(ordinary);
    if (text.empty()) break;
    const std::size_t length = utf8_length(text);
    const std::string_view character = text.substr(0, length == 0 ? 1 : length);
    if (length == 0) {
      out.append(kReplacement);
    } else if (is_control(character)) {
      append_escape(out, character);
    } else {
      if (character == "\"" || character == "\\") out.push_back('\\');
      out.append(character);
    }
    text.remove_prefix(character.size());
  }
  out.push_back('"');
}

bool is_plain(std::string_view value) {
  for (const char c : value) {
    if (c <= 0x20 || c >= 0x7f || c == '"' || c == '\\' || c == '=') return false;
  }
  return true;
}

}  // namespace

void JsonLine::text(std::string_view name, std::string_view value) {
  if (ordinary_prefix(value) == value.size()) return plain(name, value);
  begin(name);
  append_quoted(out_, value);
}

// In one step, since nearly all texts of nearly all lines are plain. The size that libstdc++ 12
// gives the function is the capacity it made, not what was asked for: what lay there would be in
// the line.
void JsonLine::plain(std::string_view name, std::string_view value) {
  constexpr std::string_view kBetween = "\":\"";
  if (out_.empty()) out_.reserve(kUsualBytes);
  const std::size_t start = out_.size();
  const std::size_t more = 3 + name.size() + kBetween.size() + value.size();
  out_.resize_and_overwrite(start + more, [&](char* data, std::size_t) {
    char* at = data + start;
    *at++ = start == 0 ? '{' : ',';
    *at++ = '"';
    for (const std::string_view piece : {name, kBetween, value}) {
      if (!piece.empty()) std::memcpy(at, piece.data(), piece.size());
      at += piece.size();
    }
    *at = '"';
    return start + more;
  });
}

void JsonLine::boolean(std::string_view name, bool value) {
  begin(name);
  out_.append(value ? "true" : "false");
}

void JsonLine::begin(std::string_view name) {
  if (out_.empty()) out_.reserve(kUsualBytes);
  out_.append(out_.empty() ? "{\"" : ",\"").append(name).append("\":");
}

std::string JsonLine::finish() {
  out_.push_back('}');
  return std::move(out_);
}

void TextLine::text(std::string_view name, std::string_view value) {
  if (value.empty()) return;
  begin(name);
  if (is_plain(value)) {
    out_.append(value);
  } else {
    append_quoted(out_, value);
  }
}

void TextLine::begin(std::string_view name) {
  if (!out_.empty()) out_.push_back(' ');
  out_.append(name);
  out_.push_back('=');
}

}  // namespace muzn::audit
