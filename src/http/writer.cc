#include "http/writer.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "codec/date.h"
#include "codec/swar.h"
#include "http/grammar.h"

namespace muzn::http {
namespace {

// The writer alone decides on framing and on the connection's life.
bool is_reserved(std::string_view name) {
  static constexpr std::array<std::string_view, 4> kReserved = {
      "content-length", "transfer-encoding", "connection", "keep-alive"};
  return std::ranges::any_of(kReserved,
                             [&](std::string_view own) { return equal_ignoring_case(own, name); });
}

constexpr bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && byte != '\t') || byte == 0x7f;
}
constexpr auto kPrintable = [] {
  std::array<bool, 256> table{};
  for (std::size_t byte = 0; byte < table.size(); ++byte) {
    table[byte] = !is_control(static_cast<char>(byte));
  }
  return table;
}();

bool may_control(std::uint64_t word) {
  return (codec::below_in(word, 0x20) | codec::byte_in(word, 0x7f)) != 0;
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value);
  if (const std::size_t printable = codec::plain_prefix(value, kPrintable, may_control);
      printable < value.size()) {
    const auto rest = static_cast<std::ptrdiff_t>(value.size() - printable);
    std::replace_if(out.end() - rest, out.end(), is_control, '?');
  }
  out.append("\r\n");
}

// The Content-Length to declare; nullopt: none (RFC 9110 section 8.6).
std::optional<std::uint64_t> length_of(const Response& response, const HeadOptions& options) {
  if (response.status < 200 || response.status == 204) return std::nullopt;
  if (response.status == 304) return response.declared_length;
  if (options.head_request && response.declared_length) return response.declared_length;
  return response.body.size() + (response.stream ? response.stream_length : 0);
}

}  // namespace

std::string_view reason_phrase(int status) {
  struct Phrase {
    int status;
    std::string_view text;
  };
  static constexpr std::array kPhrases = std::to_array<Phrase>({
      {100, "Continue"},
      {101, "Switching Protocols"},
      {200, "OK"},
      {201, "Created"},
      {202, "Accepted"},
      {204, "No Content"},
      {206, "Partial Content"},
      {301, "Moved Permanently"},
      {302, "Found"},
      {303, "See Other"},
      {304, "Not Modified"},
      {307, "Temporary Redirect"},
      {308, "Permanent Redirect"},
      {400, "Bad Request"},
      {401, "Unauthorized"},
      {402, "Payment Required"},
      {403, "Forbidden"},
      {404, "Not Found"},
      {405, "Method Not Allowed"},
      {406, "Not Acceptable"},
      {408, "Request Timeout"},
      {409, "Conflict"},
      {410, "Gone"},
      {411, "Length Required"},
      {412, "Precondition Failed"},
      {413, "Content Too Large"},
      {414, "URI Too Long"},
      {415, "Unsupported Media Type"},
      {416, "Range Not Satisfiable"},
      {417, "Expectation Failed"},
      {422, "Unprocessable Content"},
      {429, "Too Many Requests"},
      {431, "Request Header Fields Too Large"},
      {451, "Unavailable For Legal Reasons"},
      {500, "Internal Server Error"},
      {501, "Not Implemented"},
      {502, "Bad Gateway"},
      {503, "Service Unavailable"},
      {504, "Gateway Timeout"},
      {505, "HTTP Version Not Supported"},
      {507, "Insufficient Storage"},
  });
  const auto found = std::ranges::find(kPhrases, status, &Phrase::status);
  return found == kPhrases.end() ? std::string_view("Unknown") : found->text;
}

std::string write_head(const Response& response, Time now, const HeadOptions& options) {
  CHECK(response.status >= 100 && response.status <= 999);
  std::string out;
  out.reserve(512);
  out.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ");
  out.append(reason_phrase(response.status)).append("\r\n");
  for (const Header header : response.headers.all()) {
    if (is_token(header.name) && !is_reserved(header.name)) {
      append_field(out, header.name, header.value);
    }
  }
  if (!response.headers.has("date")) append_field(out, "Date", codec::http_date(now));
  if (const auto length = length_of(response, options)) {
    append_field(out, "Content-Length", std::to_string(*length));
  }
  if (options.close || response.close) {
    append_field(out, "Connection", "close");
  } else if (options.minor_version == 0) {
    append_field(out, "Connection", "keep-alive");
  }
  out.append("\r\n");
  return out;
}

}  // namespace muzn::http
