// Percent encoding (RFC 3986 section 2) and query strings as S3 and SigV4 read them.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace muzn::codec {

// Encodes all but A-Z a-z 0-9 - . _ ~ ; upper-case hex; '/' too when `encode_slash`
// (AWS: "Create a canonical request", UriEncode).
std::string uri_encode(std::string_view bytes, bool encode_slash);
// "%41" -> "A". '+' stays '+'. Errors: kInvalid on a bad escape.
Result<std::string> uri_decode(std::string_view text);

// Views into the query that it is of.
struct QueryParam {
  std::string_view name;   // decoded
  std::string_view value;  // decoded; "" both for "?acl" and "?acl="
};

// In order of appearance; '+' decodes to a space. Errors: kInvalid on a bad escape, kLimit past
// kQueryParamsMax.
inline constexpr std::size_t kQueryParamsMax = 1000;
class Query {
 public:
  static Result<Query> parse(std::string_view raw);  // without the '?'
  bool has(std::string_view name) const;
  // First value; nullopt when absent.
  std::optional<std::string_view> get(std::string_view name) const;
  const std::vector<QueryParam>& params() const { return params_; }

 private:
  std::unique_ptr<char[]> text_;  // all that is decoded
  std::vector<QueryParam> params_;
};

// Valid UTF-8 of RFC 3629: no overlong forms, no surrogates, at most U+10FFFF.
bool is_utf8(std::string_view bytes);

}  // namespace muzn::codec
