// The dates of S3: ISO 8601 with milliseconds in XML, IMF-fixdate in headers, basic form in SigV4.
#pragma once
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/time.h"

namespace muzn::codec {

std::string iso8601_millis(Time time);  // 2026-11-22T14:06:40.000Z
std::string iso8601_basic(Time time);   // 20261122T140640Z
std::string http_date(Time time);       // Sun, 22 Nov 2026 14:06:40 GMT (RFC 9110 section 5.6.7)

// All parsers: kInvalid unless the whole text is a valid date of the proleptic Gregorian calendar.
Result<Time> parse_iso8601_basic(std::string_view text);
Result<Time> parse_iso8601(std::string_view text);    // extended; fraction optional; Z or +hh:mm
Result<Time> parse_http_date(std::string_view text);  // all three forms of RFC 9110 section 5.6.7

}  // namespace muzn::codec
