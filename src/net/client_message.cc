#include "net/client_message.h"

#include <utility>

#include "http/grammar.h"

namespace muzn::net {
namespace {

std::optional<std::string_view> strip_scheme(std::string_view text, std::string_view scheme) {
  if (text.size() < scheme.size()) return std::nullopt;
  if (!http::equal_ignoring_case(text.substr(0, scheme.size()), scheme)) return std::nullopt;
  return text.substr(scheme.size());
}

// "HTTP/1.1 200 OK" (the reason may be empty).
Result<int> parse_status_line(std::string_view line) {
  const bool shaped = line.size() >= 12 && line.starts_with("HTTP/1.") &&
                      (line[7] == '0' || line[7] == '1') && line[8] == ' ' &&
                      (line.size() == 12 || line[12] == ' ');
  const auto status = shaped ? http::parse_decimal(line.substr(9, 3)) : std::nullopt;
  if (!status || *status < 100) return fail(Code::kInvalid, "malformed status line");
  return static_cast<int>(*status);
}

Result<void> settle_framing(ResponseHead& head, bool head_request) {
  head.bodiless = head_request || head.status < 200 || head.status == 204 || head.status == 304;
  if (const auto coding = head.headers.get("transfer-encoding")) {
    if (!http::equal_ignoring_case(*coding, "chunked") || head.headers.has("content-length")) {
      return fail(Code::kInvalid, "unknown framing of the response");
    }
    head.framing = http::Framing::kChunked;
    return {};
  }
  if (const auto length = head.headers.get("content-length")) {
    const auto value = http::parse_decimal(*length);
    if (!value || head.headers.count("content-length") > 1) {
      return fail(Code::kInvalid, "malformed Content-Length in the response");
    }
    head.framing = http::Framing::kLength;
    head.content_length = *value;
  }
  return {};
}

}  // namespace

Result<Url> parse_url(std::string_view text) {
  Url url;
  auto rest = strip_scheme(text, "http://");
  if (!rest) {
    rest = strip_scheme(text, "https://");
    url.tls = true;
  }
  if (!rest) return fail(Code::kInvalid, "not an http or https URL: " + std::string(text));
  const auto end = rest->find_first_of("/?#");
  url.authority = rest->substr(0, end);
  url.target = end == std::string_view::npos ? "/" : std::string(rest->substr(end));
  if (url.target.front() == '?') url.target.insert(0, "/");
  for (const char c : url.target) {
    if (c <= 0x20 || c >= 0x7f || c == '#') return fail(Code::kInvalid, "malformed URL path");
  }
  if (!http::is_host(url.authority)) return fail(Code::kInvalid, "malformed host in URL");
  const auto bracket = url.authority.find(']');
  const auto colon = url.authority.find(':', bracket == std::string::npos ? 0 : bracket);
  url.host = url.authority.substr(0, colon);
  if (colon != std::string::npos) url.port = url.authority.substr(colon + 1);
  if (url.port.empty()) url.port = url.tls ? "443" : "80";
  if (url.host.starts_with('[')) url.host = url.host.substr(1, url.host.size() - 2);
  return url;
}

Result<std::optional<ResponseHead>> parse_response_head(std::string_view buffer,
                                                        bool head_request) {
  const auto end = buffer.substr(0, kResponseHeadMax).find("\r\n\r\n");
  if (end == std::string_view::npos) {
    if (buffer.size() >= kResponseHeadMax) return fail(Code::kLimit, "response head too long");
    return std::nullopt;
  }
  ResponseHead head;
  head.consumed = end + 4;
  std::string_view lines = buffer.substr(0, end + 2);
  for (bool first = true; !lines.empty(); first = false) {
    const auto line_end = lines.find("\r\n");
    const std::string_view line = lines.substr(0, line_end);
    lines.remove_prefix(line_end + 2);
    if (first) {
      TRY(head.status, parse_status_line(line));
      continue;
    }
    const auto colon = line.find(':');
    const std::string_view name = line.substr(0, colon);
    if (colon == std::string_view::npos || !http::is_token(name) ||
        !http::is_field_value(line.substr(colon + 1))) {
      return fail(Code::kInvalid, "malformed header in the response");
    }
    head.headers.add(name, http::trim_ows(line.substr(colon + 1)));
  }
  TRY_VOID(settle_framing(head, head_request));
  return head;
}

}  // namespace muzn::net
