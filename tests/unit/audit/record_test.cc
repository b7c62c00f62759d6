#include "audit/record.h"

#include <gtest/gtest.h>

#include <random>

#include "codec/json.h"
#include "codec/uri.h"

namespace muzn::audit {
namespace {

Record sample() {
  Record out;
  out.time = from_micros(1'763'800'000'123'456);
  out.request_id = "9F86D081884C7D65";
  out.service = "s3";
  out.operation = "GetObject";
  out.decision = "allow";
  out.decided_by = "bucket policy, statement 1";
  out.principal_type = "user";
  out.principal_arn = "arn:aws:iam::123456789012:user/bob";
  out.account = "123456789012";
  out.access_key = "AKIAEXAMPLE";
  out.source_ip = "192.0.2.1";
  out.user_agent = "aws-cli/2.0 x=\"y\"";
  out.tls_version = "TLSv1.3";
  out.bucket = "photos";
  out.key = "a\nb";
  out.method = "GET";
  out.target = RedactedTarget("/photos/a%0Ab?X-Amz-Signature=abc&x=1");
  out.host = "s3.example.org";
  out.status = 200;
  out.bytes_out = 18'446'744'073'709'551'615U;
  out.duration_micros = 1500;
  return out;
}

// docs/formats/audit.md: members may be added, none may change.
TEST(Record, GoldenJson) {
  EXPECT_EQ(
      to_json(sample()),
      R"({"access_key":"AKIAEXAMPLE","account":"123456789012","bucket":"photos",)"
      R"("bytes_in":0,"bytes_out":18446744073709551615,"cause":"","complete":true,)"
      R"("decided_by":"bucket policy, statement 1","decision":"allow","duration_us":1500,"error_code":"","host":"s3.example.org",)"
      R"("key":"a\u000ab","leaf":"","method":"GET","operation":"GetObject",)"
      R"("principal_arn":"arn:aws:iam::123456789012:user/bob","principal_type":"user",)"
      R"("purpose":"","request_id":"9F86D081884C7D65","schema":"muzn.audit/1","service":"s3",)"
      R"("source_ip":"192.0.2.1","status":200,)"
      R"("target":"/photos/a%0Ab?X-Amz-Signature=REDACTED&x=1",)"
      R"("time":"2025-11-22T08:26:40.123Z","tls_version":"TLSv1.3",)"
      R"("user_agent":"aws-cli/2.0 x=\"y\"","version_id":""})");
}

TEST(Record, GoldenText) {
  Record record = sample();
  record.complete = false;
  EXPECT_EQ(
      to_text(record),
      R"(time=2025-11-22T08:26:40.123Z status=200 service=s3 operation=GetObject )"
      R"(decision=allow decided_by="bucket policy, statement 1" method=GET target="/photos/a%0Ab?X-Amz-Signature=REDACTED&x=1" )"
      R"(host=s3.example.org bucket=photos key="a\u000ab" )"
      R"(principal=arn:aws:iam::123456789012:user/bob access_key=AKIAEXAMPLE )"
      R"(source_ip=192.0.2.1 tls=TLSv1.3 user_agent="aws-cli/2.0 x=\"y\"" bytes_in=0 )"
      R"(bytes_out=18446744073709551615 duration_us=1500 complete=false )"
      R"(request_id=9F86D081884C7D65)");
  EXPECT_EQ(to_text(Record{}),
            "time=1970-01-01T00:00:00.000Z status=0 bytes_in=0 bytes_out=0 duration_us=0");
}

TEST(Record, HostileBytesStayInTheirField) {
  for (const std::string& bad :
       {std::string("\r\n{\"forged\":1}"), std::string("\x1b[2J"), std::string("\0a", 2),
        std::string("\xff\xfe\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80"),
        std::string("\xc2\x9b"
                    "31m"),
        std::string("\xe2\x82"), std::string("\x7f"), std::string("a\" b=\"c"),
        std::string("\\u0000\\")}) {
    Record record;
    record.user_agent = bad;
    for (const std::string& line : {to_json(record), to_text(record)}) {
      EXPECT_TRUE(codec::is_utf8(line));
      for (const char c : line) EXPECT_TRUE(c < 0 || (c >= 0x20 && c != 0x7f)) << line;
      EXPECT_EQ(line.find("\xc2\x9b"), std::string::npos);
    }
    const auto json = codec::parse_json(to_json(record));
    ASSERT_TRUE(json) << to_json(record);
    if (codec::is_utf8(bad)) EXPECT_EQ(codec::json_string(*json, "user_agent"), bad);
  }
}

TEST(Record, AnyBytesMakeValidJson) {
  std::mt19937 random(7);
  for (int i = 0; i < 2000; ++i) {
    Record record;
    const std::size_t length = random() % 40;
    for (std::size_t n = 0; n < length; ++n) record.key.push_back(static_cast<char>(random()));
    const auto json = codec::parse_json(to_json(record));
    ASSERT_TRUE(json) << to_json(record);
    if (codec::is_utf8(record.key)) {
      EXPECT_EQ(codec::json_string(*json, "key"), record.key);
    }
  }
}

// The quoting goes by runs of eight bytes: every byte at every place of one.
// A line grows as texts come: nothing of what its memory held before is in it.
TEST(Record, LongTextsAreTheirOwnLength) {
  for (std::size_t length = 900; length < 9000; length += 37) {
    Record record = sample();
    record.host = std::string(length, 'h');
    record.user_agent = std::string(length / 2, 'u');
    const codec::Json read = codec::parse_json(to_json(record)).value();
    ASSERT_EQ(read["host"], record.host);
    ASSERT_EQ(read["user_agent"], record.user_agent);
    Record plain = sample();
    plain.host.clear();
    plain.user_agent.clear();
    ASSERT_EQ(to_json(record).size(), to_json(plain).size() + length + length / 2);
  }
}

TEST(Record, EveryByteAtEveryPlace) {
  for (std::size_t place = 0; place < 20; ++place) {
    for (int byte = 0; byte < 128; ++byte) {
      Record record;
      record.key = std::string(20, 'k');
      record.key.at(place) = static_cast<char>(byte);
      const auto json = codec::parse_json(to_json(record));
      ASSERT_TRUE(json) << place << " " << byte;
      EXPECT_EQ(codec::json_string(*json, "key"), record.key) << place << " " << byte;
    }
  }
}

TEST(RedactTarget, Secrets) {
  const auto redacted = [](std::string_view name) {
    return redact_target("/b/k?a=1&" + std::string(name) + "=s3cr3t&z=2") ==
           "/b/k?a=1&" + std::string(name) + "=REDACTED&z=2";
  };
  EXPECT_TRUE(redacted("X-Amz-Signature"));
  EXPECT_TRUE(redacted("x-amz-signature"));
  EXPECT_TRUE(redacted("X-Amz-Sig%6eature"));
  EXPECT_TRUE(redacted("X%2DAmz%2DSecurity%2DToken"));
  EXPECT_TRUE(redacted("X-Amz-Security-Token"));
  EXPECT_TRUE(redacted("Signature"));
  EXPECT_TRUE(redacted("x-amz-server-side-encryption-customer-key"));
  EXPECT_FALSE(redacted("X-Amz-Credential"));
  EXPECT_FALSE(redacted("X-Amz-SignedHeaders"));
}

TEST(RedactTarget, TheRestStays) {
  for (const std::string_view same :
       {"", "/", "*", "/b/k", "/b/k?", "/b/k?acl", "/b?list-type=2&prefix=a%20b&&=&x",
        "/b/Signature=abc", "/b?X-Amz-Signature", "/b?%zz=1",
        "/b?X-Amz-Credential=AKIA%2F20251122%2Fus-east-1%2Fs3%2Faws4_request"}) {
    EXPECT_EQ(redact_target(same), same);
  }
  EXPECT_EQ(redact_target("/b?Signature=a=b?c&Signature="),
            "/b?Signature=REDACTED&Signature=REDACTED");
  // Idempotent, since both the front and the projections call it.
  const std::string once = redact_target("/b?X-Amz-Signature=1&y=2");
  EXPECT_EQ(redact_target(once), once);
}

}  // namespace
}  // namespace muzn::audit
