#include "http/framing.h"

#include <string_view>
#include <utility>

#include "http/grammar.h"

namespace muzn::http {
namespace {

Refused refused(std::string reason, int status = 400) {
  return Refused{.status = status, .reason = std::move(reason)};
}

// Calls `visit` with each element of a comma-separated list, white space trimmed.
template <class Visit>
void for_each_element(std::string_view list, Visit visit) {
  for (;;) {
    const auto comma = list.find(',');
    visit(trim_ows(list.substr(0, comma)));
    if (comma == std::string_view::npos) return;
    list.remove_prefix(comma + 1);
  }
}

std::optional<Refused> settle_transfer_encoding(RequestHead& head) {
  if (head.minor_version == 0) return refused("Transfer-Encoding in HTTP/1.0");
  if (head.headers.has("content-length")) {
    return refused("both Content-Length and Transfer-Encoding");
  }
  if (head.headers.count("transfer-encoding") > 1) return refused("Transfer-Encoding twice");
  const std::string_view value = *head.headers.get("transfer-encoding");
  if (equal_ignoring_case(value, "chunked")) {
    head.framing = Framing::kChunked;
    return std::nullopt;
  }
  // A well-formed list that ends with chunked is only unknown (501); anything else leaves the
  // length of the body in doubt (400).
  bool well_formed = true;
  int chunked = 0;
  bool last_chunked = false;
  for_each_element(value, [&](std::string_view coding) {
    well_formed = well_formed && is_token(coding);
    last_chunked = equal_ignoring_case(coding, "chunked");
    chunked += last_chunked ? 1 : 0;
  });
  if (well_formed && chunked == 1 && last_chunked) return refused("unknown transfer coding", 501);
  return refused("malformed Transfer-Encoding");
}

}  // namespace

std::optional<Refused> settle_framing(RequestHead& head) {
  if (head.headers.has("transfer-encoding")) return settle_transfer_encoding(head);
  std::optional<std::string_view> length;
  for (const Header header : head.headers.all()) {
    if (!equal_ignoring_case(header.name, "content-length")) continue;
    if (length && *length != header.value) return refused("Content-Length headers differ");
    length = header.value;
  }
  if (!length) return std::nullopt;
  const auto value = parse_decimal(*length);
  // Some readers take a leading zero for octal: two readings of one head.
  const bool leading_zero = length->size() > 1 && length->front() == '0';
  if (!value || leading_zero) return refused("malformed Content-Length");
  head.framing = Framing::kLength;
  head.content_length = *value;
  return std::nullopt;
}

void settle_connection(RequestHead& head) {
  bool close = false;
  bool keep = false;
  for (const Header header : head.headers.all()) {
    if (!equal_ignoring_case(header.name, "connection")) continue;
    for_each_element(header.value, [&](std::string_view option) {
      close = close || equal_ignoring_case(option, "close");
      keep = keep || equal_ignoring_case(option, "keep-alive");
    });
  }
  head.keep_alive = !close && (head.minor_version >= 1 || keep);
  if (head.minor_version >= 1 && head.framing != Framing::kNone) {
    const auto expect = head.headers.get("expect");
    head.expects_continue = expect && equal_ignoring_case(*expect, "100-continue");
  }
}

}  // namespace muzn::http
