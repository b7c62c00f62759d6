// What the client parses: URLs and responses (RFC 9112 sections 4 and 6.3). Pure.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "http/message.h"

namespace muzn::net {

inline constexpr std::size_t kResponseHeadMax = 64U << 10;
inline constexpr std::size_t kResponseBodyMax = 64U << 20;

struct Url {
  bool tls = false;
  std::string host;       // without brackets
  std::string authority;  // as in the URL, for the Host header
  std::string port;       // digits; the scheme's default when absent
  std::string target;     // origin-form
};
// http and https only, no user information, no fragment. Errors: kInvalid.
Result<Url> parse_url(std::string_view text);

struct ResponseHead {
  int status = 0;
  http::Headers headers;
  http::Framing framing = http::Framing::kNone;  // kNone: until the connection ends, or no body
  bool bodiless = false;
  std::uint64_t content_length = 0;
  std::size_t consumed = 0;
};
// nullopt: more is needed. `head_request`: the answer to HEAD. Errors: kInvalid, kLimit.
Result<std::optional<ResponseHead>> parse_response_head(std::string_view buffer, bool head_request);

}  // namespace muzn::net
