#include "codec/xml_scan.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "codec/hex_digit.h"
#include "codec/uri.h"
#include "codec/xml.h"

namespace muzn::codec {
namespace {

constexpr std::string_view kSpaces = " \t\r\n";
constexpr std::uint32_t kCodePointMax = 0x10FFFF;
constexpr std::size_t kAttributesMax = 64;  // of one element: duplicates are sought pairwise

bool is_name_start(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}
bool is_name_char(char c) {
  return is_name_start(c) || (c >= '0' && c <= '9') || c == '-' || c == '.';
}
bool is_ncname(std::string_view text) {
  return !text.empty() && is_name_start(text.front()) && std::ranges::all_of(text, is_name_char);
}
// prefix:local or local.
bool is_qname(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return is_ncname(text);
  return is_ncname(text.substr(0, colon)) && is_ncname(text.substr(colon + 1));
}
bool is_blank(std::string_view text) {
  return text.find_first_not_of(kSpaces) == std::string_view::npos;
}
bool equal_any_case(std::string_view text, std::string_view lower_case) {
  return std::ranges::equal(text, lower_case, {}, [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
}

std::unexpected<Error> malformed(const char* why) {
  return fail(Code::kInvalid, std::string("xml: ") + why);
}

// The production Char of XML 1.0, over bytes that are UTF-8.
bool are_characters(std::string_view text) {
  const auto forbidden = [](char c) {
    return static_cast<std::uint8_t>(c) < 0x20 && !kSpaces.contains(c);
  };
  return std::ranges::none_of(text, forbidden) && !text.contains("\xEF\xBF\xBE") &&
         !text.contains("\xEF\xBF\xBF");
}

// "#233" or "#xE9": a code point other than NUL and the surrogates.
bool is_character_reference(std::string_view body) {
  const bool hex = body.starts_with("#x");
  body.remove_prefix(hex ? 2 : 1);
  if (body.empty()) return false;
  const int base = hex ? 16 : 10;
  std::uint32_t code = 0;
  for (const char c : body) {
    const int digit = hex_value(c);
    if (digit < 0 || digit >= base) return false;
    code = code * static_cast<std::uint32_t>(base) + static_cast<std::uint32_t>(digit);
    if (code > kCodePointMax) return false;
  }
  return code != 0 && (code < 0xD800 || code > 0xDFFF);
}

// Every '&' begins one of the five entities or a character reference.
bool are_references_known(std::string_view text) {
  for (std::size_t at = text.find('&'); at != std::string_view::npos; at = text.find('&', at)) {
    const std::size_t end = text.find(';', at);
    if (end == std::string_view::npos) return false;
    const std::string_view body = text.substr(at + 1, end - at - 1);
    const bool known = body == "lt" || body == "gt" || body == "amp" || body == "apos" ||
                       body == "quot" || (body.starts_with("#") && is_character_reference(body));
    if (!known) return false;
    at = end + 1;
  }
  return true;
}

using Attributes = std::vector<std::pair<std::string_view, std::string_view>>;

class Scan {
 public:
  explicit Scan(std::string_view document) : rest_(document) {}

  Result<void> document() {
    if (rest_.starts_with("<?xml") && rest_.size() > 5 && kSpaces.contains(rest_[5])) {
      TRY_VOID(declaration());
    }
    while (!rest_.empty()) TRY_VOID(rest_.front() == '<' ? markup() : text());
    if (!open_.empty() || !root_seen_) return malformed("document ends too early");
    return {};
  }

 private:
  Result<void> declaration() {
    rest_.remove_prefix(5);
    TRY(const Attributes found, attributes());
    if (!take("?>")) return malformed("bad declaration");
    std::size_t at = 0;
    if (found.empty() || found[at].first != "version" || !found[at].second.starts_with("1.")) {
      return malformed("bad version in the declaration");
    }
    ++at;
    if (at < found.size() && found[at].first == "encoding") {
      if (!equal_any_case(found[at].second, "utf-8")) return malformed("encoding is not UTF-8");
      ++at;
    }
    if (at < found.size() && found[at].first == "standalone") {
      if (found[at].second != "yes" && found[at].second != "no") return malformed("bad standalone");
      ++at;
    }
    if (at != found.size()) return malformed("bad declaration");
    return {};
  }

  Result<void> text() {
    const std::string_view data = rest_.substr(0, rest_.find('<'));
    rest_.remove_prefix(data.size());
    if (open_.empty()) {
      if (is_blank(data)) return {};
      return malformed("text outside of the root element");
    }
    if (data.contains("]]>")) return malformed("]]> in text");
    if (!are_references_known(data)) return malformed("unknown entity or bad reference");
    return {};
  }

  Result<void> markup() {
    if (take("</")) return close_tag();
    TRY_VOID(count());
    if (take("<!--")) return comment();
    if (take("<![CDATA[")) {
      if (open_.empty()) return malformed("CDATA outside of the root element");
      if (!take_until("]]>")) return malformed("CDATA without end");
      return {};
    }
    if (take("<?")) return instruction();
    if (take("<!")) return malformed("document type declarations are refused");
    rest_.remove_prefix(1);
    return open_tag();
  }

  Result<void> comment() {
    if (!take_until("--") || !take(">")) return malformed("bad comment");
    return {};
  }

  Result<void> instruction() {
    const std::string_view target = name();
    if (!is_ncname(target) || equal_any_case(target, "xml")) return malformed("bad instruction");
    if (!rest_.starts_with("?>") && skip_spaces() == 0) return malformed("bad instruction");
    if (!take_until("?>")) return malformed("instruction without end");
    return {};
  }

  Result<void> open_tag() {
    const std::string_view tag = name();
    if (!is_qname(tag)) return malformed("bad element name");
    if (open_.empty() && root_seen_) return malformed("more than one root element");
    root_seen_ = true;
    // The limit comes before the rest of the tag, so that it is told from bad grammar.
    if (open_.size() == kXmlDepthMax) return fail(Code::kLimit, "xml: nested too deep");
    TRY(const Attributes found, attributes());
    for (std::size_t i = 0; i < found.size(); ++i) TRY_VOID(count());
    if (take("/>")) return {};
    if (!take(">")) return malformed("bad start tag");
    open_.push_back(tag);
    return {};
  }

  Result<void> close_tag() {
    const std::string_view tag = name();
    skip_spaces();
    if (open_.empty() || tag != open_.back() || !take(">")) return malformed("bad end tag");
    open_.pop_back();
    return {};
  }

  Result<Attributes> attributes() {
    Attributes found;
    while (skip_spaces() > 0 && !rest_.empty() && is_name_start(rest_.front())) {
      const std::string_view key = name();
      if (!is_qname(key)) return malformed("bad attribute name");
      skip_spaces();
      if (!take("=")) return malformed("attribute without value");
      skip_spaces();
      if (rest_.empty() || (rest_.front() != '"' && rest_.front() != '\'')) {
        return malformed("attribute without quotes");
      }
      const std::size_t end = rest_.find(rest_.front(), 1);
      if (end == std::string_view::npos) return malformed("attribute without end");
      const std::string_view value = rest_.substr(1, end - 1);
      rest_.remove_prefix(end + 1);
      if (value.contains('<')) return malformed("< in an attribute");
      if (!are_references_known(value)) return malformed("unknown entity or bad reference");
      if (std::ranges::find(found, key, &Attributes::value_type::first) != found.end()) {
        return malformed("attribute given twice");
      }
      if (found.size() == kAttributesMax) return fail(Code::kLimit, "xml: too many attributes");
      found.emplace_back(key, value);
    }
    return found;
  }

  std::string_view name() {
    const auto end =
        std::ranges::find_if(rest_, [](char c) { return !is_name_char(c) && c != ':'; });
    const std::string_view found(rest_.begin(), end);
    rest_.remove_prefix(found.size());
    return found;
  }

  std::size_t skip_spaces() {
    const std::size_t count = std::min(rest_.find_first_not_of(kSpaces), rest_.size());
    rest_.remove_prefix(count);
    return count;
  }

  bool take(std::string_view expected) {
    if (!rest_.starts_with(expected)) return false;
    rest_.remove_prefix(expected.size());
    return true;
  }

  bool take_until(std::string_view end) {
    const std::size_t at = rest_.find(end);
    if (at == std::string_view::npos) return false;
    rest_.remove_prefix(at + end.size());
    return true;
  }

  Result<void> count() {
    if (++nodes_ > kXmlNodesMax) return fail(Code::kLimit, "xml: too many nodes");
    return {};
  }

  std::string_view rest_;
  std::vector<std::string_view> open_;
  std::size_t nodes_ = 0;
  bool root_seen_ = false;
};

}  // namespace

Result<void> scan_xml(std::string_view document) {
  if (!is_utf8(document)) return malformed("not UTF-8");
  if (!are_characters(document)) return malformed("character outside of XML");
  return Scan(document).document();
}

}  // namespace muzn::codec
