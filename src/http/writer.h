// Writes response heads (RFC 9112 section 4).
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"
#include "http/message.h"

namespace muzn::http {

std::string_view reason_phrase(int status);

struct HeadOptions {
  bool head_request = false;  // no body follows, the length is declared all the same
  bool close = false;
  int minor_version = 1;
};
// The status line and headers, ending with the empty line. Adds Date, Content-Length, Connection.
// Bytes that could split the response (CR, LF, NUL, other controls) in a header value are replaced
// by '?'; a header whose name is no token is dropped.
std::string write_head(const Response& response, Time now, const HeadOptions& options);

}  // namespace muzn::http
