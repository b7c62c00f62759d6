// The strict, bounded parser of a request head (RFC 9112 sections 2-6). What is ambiguous is
// refused, since two readers of one ambiguous head are a smuggled request.
//
// Refused: bare LF or CR, obs-fold, white space before ':' or in names, NUL and control characters,
// both Content-Length and Transfer-Encoding, unequal or malformed Content-Length, any
// Transfer-Encoding but exactly "chunked" (HTTP/1.1 only), no or two Hosts (HTTP/1.1), an absolute
// target whose authority differs from Host, asterisk and authority forms other than "OPTIONS *".
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

#include "http/message.h"

namespace muzn::http {

inline constexpr std::size_t kRequestLineMax = 16U << 10;  // 1 KiB keys escaped thrice, presigned
inline constexpr std::size_t kHeadMax = 64U << 10;         // 2 KiB user metadata and tokens fit
inline constexpr std::size_t kHeaderCountMax = 200;

struct NeedMore {};
struct Refused {
  int status = 400;  // 400, 414 (target), 431 (head), 501 (transfer coding), 505 (version)
  std::string reason;
};
struct Parsed {
  RequestHead head;
  std::size_t consumed = 0;  // bytes of the buffer that the head took
};
using HeadResult = std::variant<NeedMore, Refused, Parsed>;

// Pure: parses from the front of `buffer`, which may hold more (pipelining). Limits are judged even
// when the head is not complete yet. A single CRLF before the request line is skipped
// (section 2.2).
HeadResult parse_head(std::string_view buffer);

}  // namespace muzn::http
