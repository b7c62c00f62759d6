#include "http/head_parser.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "codec/swar.h"
#include "http/framing.h"
#include "http/grammar.h"

namespace muzn::http {
namespace {

Refused refused(std::string reason, int status = 400) {
  return Refused{.status = status, .reason = std::move(reason)};
}

// A line without its CRLF, or why there is none.
using LineResult = std::variant<NeedMore, Refused, std::string_view>;

// All but what ends a line or has no place in one.
constexpr std::array<bool, 256> make_inner(bool ascii) {
  std::array<bool, 256> table{};
  for (std::size_t byte = 0; byte < table.size(); ++byte) {
    table[byte] = (byte >= 0x20 || byte == '\t') && byte != 0x7f && (!ascii || byte < 0x7f);
  }
  return table;
}
constexpr auto kInner = make_inner(false);
constexpr auto kAsciiInner = make_inner(true);

// May be wrong about bytes above 127 and about a tab, never about others.
bool may_end(std::uint64_t word) {
  return (codec::below_in(word, 0x20) | codec::beyond_ascii_in(word)) != 0;
}

// Takes one line from the front of `rest`. Bytes are judged as they come, so that garbage is
// refused before its line ends; `text_max` bounds the line without CRLF. `ascii`: the request line,
// where no byte above 127 has a place.
LineResult take_line(std::string_view rest, std::size_t text_max, int limit_status, bool ascii) {
  const std::size_t stop = codec::plain_prefix(rest, ascii ? kAsciiInner : kInner, may_end);
  if (stop > text_max) return refused("line too long", limit_status);
  if (stop == rest.size()) return NeedMore{};
  if (rest[stop] != '\r') {
    return refused(rest[stop] == '\n' ? "bare LF" : "forbidden byte in head");
  }
  if (stop + 1 == rest.size()) return NeedMore{};
  if (rest[stop + 1] != '\n') return refused("bare CR");
  return rest.substr(0, stop);
}

// Visible ASCII only; '#' would start a fragment, which no request-target has.
constexpr std::array<bool, 256> make_target() {
  std::array<bool, 256> table{};
  for (std::size_t byte = 0x21; byte < 0x7f; ++byte) table.at(byte) = byte != '#';
  return table;
}
constexpr auto kTarget = make_target();

bool is_target_text(std::string_view text) {
  const auto has_other = [](std::uint64_t word) {
    return (codec::below_in(word, 0x21) | codec::beyond_ascii_in(word) |
            codec::byte_in(word, '#')) != 0;
  };
  return !text.empty() && codec::plain_prefix(text, kTarget, has_other) == text.size();
}

// "HTTP/1.x". Higher minor versions are served as 1.1 (RFC 9110 section 2.5).
std::optional<Refused> parse_version(std::string_view text, RequestHead& head) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.size() != 8 || !text.starts_with("HTTP/") || !is_digit(text[5]) || text[6] != '.' ||
      !is_digit(text[7])) {
    return refused("malformed HTTP version");
  }
  if (text[5] != '1') return refused("HTTP version not supported", 505);
  head.minor_version = text[7] == '0' ? 0 : 1;
  return std::nullopt;
}

void set_target(RequestHead& head, std::string target) {
  head.target = std::move(target);
  const std::string_view view = head.target;
  const auto question = view.find('?');
  head.path = view.substr(0, question);
  if (question != std::string_view::npos) head.query = view.substr(question + 1);
}

// http://authority/path?query: the authority becomes the host (RFC 9112 section 3.2.2).
std::optional<Refused> parse_absolute(std::string_view target, RequestHead& head) {
  const auto scheme_end = target.find("://");
  if (scheme_end == std::string_view::npos) return refused("malformed request target");
  const std::string_view scheme = target.substr(0, scheme_end);
  if (!equal_ignoring_case(scheme, "http") && !equal_ignoring_case(scheme, "https")) {
    return refused("unknown scheme in request target");
  }
  std::string_view rest = target.substr(scheme_end + 3);
  const auto end = rest.find_first_of("/?");
  const std::string_view authority = rest.substr(0, end);
  if (!is_host(authority)) return refused("malformed authority in request target");
  head.host = authority;
  rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end);
  set_target(head, rest.starts_with('/') ? std::string(rest) : "/" + std::string(rest));
  return std::nullopt;
}

std::optional<Refused> parse_request_line(std::string_view line, RequestHead& head) {
  const auto first = line.find(' ');
  const auto second = first == std::string_view::npos ? first : line.find(' ', first + 1);
  if (second == std::string_view::npos) return refused("malformed request line");
  const std::string_view method = line.substr(0, first);
  const std::string_view target = line.substr(first + 1, second - first - 1);
  if (!is_token(method)) return refused("malformed method");
  if (!is_target_text(target)) return refused("malformed request target");
  if (auto bad = parse_version(line.substr(second + 1), head)) return bad;
  head.method = method;
  if (target.front() == '/') {
    set_target(head, std::string(target));
    return std::nullopt;
  }
  if (target == "*") {
    if (method != "OPTIONS") return refused("asterisk target without OPTIONS");
    set_target(head, "*");
    return std::nullopt;
  }
  return parse_absolute(target, head);
}

std::optional<Refused> parse_field(std::string_view line, Headers& headers) {
  if (line.front() == ' ' || line.front() == '\t') return refused("folded header line");
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return refused("header line without colon");
  const std::string_view name = line.substr(0, colon);
  if (!is_token(name)) return refused("malformed header name");
  headers.add(name, trim_ows(line.substr(colon + 1)));
  return std::nullopt;
}

// Host rules of RFC 9112 section 3.2.
std::optional<Refused> settle_host(RequestHead& head) {
  const auto hosts = head.headers.count("host");
  if (hosts > 1) return refused("more than one Host header");
  const auto host = head.headers.get("host");
  if (!host) {
    if (head.minor_version >= 1) return refused("no Host header");
    return std::nullopt;
  }
  if (!is_host(*host)) return refused("malformed Host header");
  if (!head.host.empty() && !equal_ignoring_case(head.host, *host)) {
    return refused("Host differs from the request target");
  }
  head.host = *host;
  return std::nullopt;
}

}  // namespace

HeadResult parse_head(std::string_view buffer) {
  std::size_t at = 0;
  if (buffer.starts_with("\r\n")) {
    at = 2;
  } else if (buffer == "\r" || buffer.empty()) {
    return NeedMore{};
  }
  Parsed out;
  for (bool first_line = true;; first_line = false) {
    const LineResult taken =
        first_line ? take_line(buffer.substr(at), kRequestLineMax, 414, true)
                   : take_line(buffer.substr(at), kHeadMax - std::min(at, kHeadMax), 431, false);
    if (const auto* bad = std::get_if<Refused>(&taken)) return *bad;
    if (std::holds_alternative<NeedMore>(taken)) return NeedMore{};
    const auto line = std::get<std::string_view>(taken);
    at += line.size() + 2;
    if (at > kHeadMax) return refused("head too long", 431);
    if (first_line) {
      if (auto bad = parse_request_line(line, out.head)) return *std::move(bad);
      continue;
    }
    if (line.empty()) break;
    if (out.head.headers.all().size() == kHeaderCountMax) return refused("too many headers", 431);
    if (auto bad = parse_field(line, out.head.headers)) return *std::move(bad);
  }
  if (auto bad = settle_host(out.head)) return *std::move(bad);
  if (auto bad = settle_framing(out.head)) return *std::move(bad);
  settle_connection(out.head);
  out.consumed = at;
  return out;
}

}  // namespace muzn::http
