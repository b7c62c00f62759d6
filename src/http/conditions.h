// Conditional requests on reads (RFC 9110 section 13.2.2), and ETag comparison.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/time.h"

namespace muzn::http {

struct ReadConditions {  // header values as received
  std::optional<std::string_view> if_match = std::nullopt;
  std::optional<std::string_view> if_none_match = std::nullopt;
  std::optional<std::string_view> if_modified_since = std::nullopt;
  std::optional<std::string_view> if_unmodified_since = std::nullopt;
};
enum class Verdict : std::uint8_t { kProceed, kNotModified, kFailed };

// `etag` without quotes. Dates compare at whole seconds; a date that does not parse is ignored.
// If-Match present overrides If-Unmodified-Since, If-None-Match overrides If-Modified-Since.
Verdict evaluate(const ReadConditions& conditions, std::string_view etag, Time modified);

// Does a header list ("*", "\"a\", \"b\"", a bare unquoted tag, W/ prefix) name `etag`?
bool etag_list_matches(std::string_view list, std::string_view etag);

}  // namespace muzn::http
