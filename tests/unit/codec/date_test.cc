#include "codec/date.h"

#include <gtest/gtest.h>

namespace muzn::codec {
namespace {

constexpr std::int64_t kRfc9110 = 784111777;  // Sun, 06 Nov 1994 08:49:37 GMT

TEST(Date, Formats) {
  const Time time = from_seconds(1795356400);
  EXPECT_EQ(iso8601_millis(time), "2026-11-22T14:06:40.000Z");
  EXPECT_EQ(iso8601_basic(time), "20261122T140640Z");
  EXPECT_EQ(http_date(time), "Sun, 22 Nov 2026 14:06:40 GMT");
  EXPECT_EQ(iso8601_millis(from_micros(1'999)), "1970-01-01T00:00:00.001Z");
  EXPECT_EQ(iso8601_millis(from_micros(-1)), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(http_date(from_seconds(0)), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(iso8601_basic(from_seconds(-62135596800)), "00010101T000000Z");
}

// RFC 9110 section 5.6.7.
TEST(Date, HttpForms) {
  for (const char* text : {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
                           "Sun Nov  6 08:49:37 1994"}) {
    EXPECT_EQ(parse_http_date(text).value(), from_seconds(kRfc9110)) << text;
  }
  EXPECT_EQ(parse_http_date("Wed Nov 16 08:49:37 1994").value(), from_seconds(784975777));
  EXPECT_EQ(http_date(parse_http_date("Friday, 01-Jan-68 00:00:00 GMT").value()),
            "Sun, 01 Jan 2068 00:00:00 GMT");
  // A wrong name of the day is AWS's business as usual (ceph/s3-tests sends this one).
  EXPECT_EQ(http_date(parse_http_date("Sat, 29 Oct 2100 19:43:31 GMT").value()),
            "Fri, 29 Oct 2100 19:43:31 GMT");
}

TEST(Date, HttpRefuses) {
  for (const char* text : {"",
                           ",",
                           "Sun",
                           "Sun, 06 Nov 1994 08:49:37",
                           "Sun, 06 Nov 1994 08:49:37 UTC",
                           "Sun, 06 Nov 1994 08:49:37 GMT ",
                           " Sun, 06 Nov 1994 08:49:37 GMT",
                           "Sun, 6 Nov 1994 08:49:37 GMT",
                           "sun, 06 Nov 1994 08:49:37 GMT",
                           "Xxx, 06 Nov 1994 08:49:37 GMT",
                           "Sun, 06 Nox 1994 08:49:37 GMT",
                           "Sun, 31 Nov 1994 08:49:37 GMT",
                           "Sun, 29 Feb 2100 00:00:00 GMT",
                           "Sun, 06 Nov 1994 24:00:00 GMT",
                           "Sun, 06 Nov 1994 08:60:37 GMT",
                           "Sun, 06 Nov 1994 08:49:60 GMT",
                           "Sun, 06 Nov 94 08:49:37 GMT",
                           "Sunday, 06-Nov-1994 08:49:37 GMT",
                           "Sun Nov 6 08:49:37 1994",
                           "Sun Nov  0 08:49:37 1994",
                           "Sun, -6 Nov 1994 08:49:37 GMT",
                           "Sun, 00 Nov 1994 08:49:37 GMT",
                           "Bad, Date"}) {
    const auto got = parse_http_date(text);
    ASSERT_FALSE(got.has_value()) << text;
    EXPECT_EQ(got.error().code, Code::kInvalid);
  }
}

TEST(Date, Iso8601Basic) {
  EXPECT_EQ(parse_iso8601_basic("20150830T123600Z").value(), from_seconds(1440938160));
  EXPECT_EQ(parse_iso8601_basic("20240229T000000Z").value(), from_seconds(1709164800));
  EXPECT_TRUE(parse_iso8601_basic("99991231T235959Z").has_value());
  for (const char* text :
       {"", "20150830", "20150830T123600", "20150830T123600z", "20150830T123600Z ",
        "20150830T1236000Z", "20230229T000000Z", "20150830T246000Z", "2015083OT123600Z",
        "+0150830T123600Z", "00000001T000000Z", "20151301T000000Z", "20151200T000000Z"}) {
    EXPECT_EQ(parse_iso8601_basic(text).error().code, Code::kInvalid) << text;
  }
}

TEST(Date, Iso8601Extended) {
  EXPECT_EQ(parse_iso8601("1994-11-06T08:49:37Z").value(), from_seconds(kRfc9110));
  EXPECT_EQ(parse_iso8601("1994-11-06T08:49:37.5Z").value(),
            from_micros(kRfc9110 * 1'000'000 + 500'000));
  EXPECT_EQ(parse_iso8601("1994-11-06T08:49:37.123456789Z").value(),
            from_micros(kRfc9110 * 1'000'000 + 123'456));
  // RFC 3339 section 5.8.
  EXPECT_EQ(parse_iso8601("1996-12-19T16:39:57-08:00").value(),
            parse_iso8601("1996-12-20T00:39:57Z").value());
  EXPECT_EQ(parse_iso8601("1937-01-01T12:00:27.87+00:20").value(),
            parse_iso8601("1937-01-01T11:40:27.87Z").value());
  for (const char* text :
       {"1994-11-06", "1994-11-06T08:49:37", "1994-11-06 08:49:37Z", "1994-11-06T08:49:37.Z",
        "1994-11-06T08:49:37.1234567890Z", "1994-11-06T08:49:37+24:00", "1994-11-06T08:49:37+0800",
        "1994-11-06T08:49:37+08:60", "1994-11-31T08:49:37Z", "94-11-06T08:49:37Z",
        "1994-11-06T08:49:37Zx", "20200101", "1994-13-06T08:49:37Z", "1994-11-06T08:49:37.1 Z"}) {
    EXPECT_EQ(parse_iso8601(text).error().code, Code::kInvalid) << text;
  }
}

TEST(Date, RoundTripsOverTheCalendar) {
  const std::int64_t first = -62167219200;  // 0000-01-01
  const std::int64_t last = 253402300799;   // 9999-12-31T23:59:59
  for (std::int64_t second = first; second <= last; second += 86'400LL * 97 + 12'345) {
    const Time time = from_seconds(second);
    ASSERT_EQ(parse_http_date(http_date(time)).value(), time);
    ASSERT_EQ(parse_iso8601(iso8601_millis(time)).value(), time);
    ASSERT_EQ(parse_iso8601_basic(iso8601_basic(time)).value(), time);
  }
}

}  // namespace
}  // namespace muzn::codec
