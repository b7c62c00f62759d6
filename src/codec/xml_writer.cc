#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>

#include "codec/uri.h"
#include "codec/xml.h"

namespace muzn::codec {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD, for what is not UTF-8

// Length of the UTF-8 character at the start of `text`; 0 when there is none.
std::size_t character_size(std::string_view text) {
  for (std::size_t size = 1; size <= std::min<std::size_t>(4, text.size()); ++size) {
    if (is_utf8(text.substr(0, size))) return size;
  }
  return 0;
}

// Stands for itself in XML.
constexpr std::array<bool, 256> make_plain() {
  std::array<bool, 256> table{};
  for (std::size_t byte = 0x20; byte < 0x80; ++byte) table.at(byte) = true;
  for (const char c : std::string_view("&<>\"")) table.at(static_cast<std::uint8_t>(c)) = false;
  return table;
}
constexpr auto kPlain = make_plain();

bool is_plain(char c) {
  return kPlain[static_cast<std::uint8_t>(c)];
}

void escape_ascii(std::string& out, char c) {
  switch (c) {
    case '&':
      out += "&amp;";
      return;
    case '<':
      out += "&lt;";
      return;
    case '>':
      out += "&gt;";
      return;
    case '"':
      out += "&quot;";
      return;
    default:
      break;
  }
  if (static_cast<std::uint8_t>(c) < 0x20) {
    fmt::format_to(std::back_inserter(out), "&#x{:X};", static_cast<unsigned>(c));
  } else {
    out.push_back(c);
  }
}

void append_escaped(std::string& out, std::string_view text) {
  for (;;) {
    const auto plain =
        static_cast<std::size_t>(std::ranges::find_if_not(text, is_plain) - text.begin());
    out.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) return;
    if (static_cast<std::uint8_t>(text.front()) < 0x80) {
      escape_ascii(out, text.front());
      text.remove_prefix(1);
      continue;
    }
    const std::size_t size = character_size(text);
    const std::string_view character = text.substr(0, size);
    if (size == 0) {
      out += kReplacement;
    } else if (character == "\xEF\xBF\xBE") {
      out += "&#xFFFE;";
    } else if (character == "\xEF\xBF\xBF") {
      out += "&#xFFFF;";
    } else {
      out += character;
    }
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
}

}  // namespace

std::string xml_escape(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  append_escaped(out, text);
  return out;
}

XmlWriter::XmlWriter(std::string_view root, std::string_view xmlns) {
  out_ = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  if (xmlns.empty()) {
    open(root);
  } else {
    open(root, fmt::format("xmlns=\"{}\"", xml_escape(xmlns)));
  }
}

XmlWriter& XmlWriter::open(std::string_view name) {
  return open(name, std::string_view());
}

XmlWriter& XmlWriter::open(std::string_view name, std::string_view raw_attributes) {
  out_.append("<").append(name);
  if (!raw_attributes.empty()) out_.append(" ").append(raw_attributes);
  out_.append(">");
  open_.emplace_back(name);
  return *this;
}

XmlWriter& XmlWriter::close() {
  CHECK(!open_.empty());
  out_.append("</").append(open_.back()).append(">");
  open_.pop_back();
  return *this;
}

XmlWriter& XmlWriter::element(std::string_view name, std::string_view text) {
  out_.append("<").append(name).append(">");
  append_escaped(out_, text);
  out_.append("</").append(name).append(">");
  return *this;
}

XmlWriter& XmlWriter::element(std::string_view name, std::int64_t value) {
  return element(name, std::string_view(std::to_string(value)));
}

XmlWriter& XmlWriter::element(std::string_view name, bool value) {
  return element(name, value ? std::string_view("true") : std::string_view("false"));
}

std::string XmlWriter::finish() {
  while (!open_.empty()) close();
  return std::move(out_);
}

}  // namespace muzn::codec
