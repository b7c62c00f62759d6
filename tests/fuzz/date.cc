// A parsed date, written and parsed again, is the same instant. The basic form and IMF-fixdate
// have one text for each instant (but for the name of the day).
#include "codec/date.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace muzn::codec;
  const std::string text(data, data + size);
  if (const auto time = parse_iso8601_basic(text)) CHECK(iso8601_basic(*time) == text);
  if (const auto time = parse_http_date(text)) {
    CHECK(parse_http_date(http_date(*time)).value() == *time);
    if (text.size() == 29) CHECK(http_date(*time).substr(3) == text.substr(3));
  }
  if (const auto time = parse_iso8601(text)) {
    const auto millis = std::chrono::floor<std::chrono::milliseconds>(*time);
    const std::string again = iso8601_millis(*time);
    // An offset can carry the ends of the calendar out of four digits.
    if (again.size() == 24) {
      CHECK(again.front() == '-' || parse_iso8601(again).value() == muzn::Time{millis});
    }
  }
  return 0;
}
