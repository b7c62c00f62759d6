#include "audit/access_log.h"

#include <gtest/gtest.h>

#include <regex>

#include "audit/journal.h"

namespace muzn::audit {
namespace {

Record record_of_get() {
  Record out;
  out.time = from_micros(1'549'411'238'000'123);  // 2019-02-06 00:00:38
  out.request_id = "3E57427F3EXAMPLE";
  out.operation = "GetObject";
  out.source_ip = "192.0.2.3";
  out.user_agent = "S3Console/0.4 (all of it)";
  out.tls_version = "TLSv1.3";
  out.bucket = "photos";
  out.key = "2019/a b.jpg";
  out.version_id = "v1";
  out.method = "GET";
  out.target = RedactedTarget("/photos/2019/a%20b.jpg?x-purpose=billing");
  out.host = "photos.s3.example";
  out.status = 206;
  out.bytes_out = 2662992;
  out.duration_micros = 70'999;
  out.access = std::make_shared<AccessFacts>();
  AccessFacts& facts = *out.access;
  facts.target = encode(AccessTarget{.bucket = "logs", .prefix = "p/"});
  facts.account = "123456789012";
  facts.region = "eu-x";
  facts.bucket_owner = std::string(64, 'a');
  facts.requester = "arn:aws:iam::123456789012:user/bo";
  facts.referer = "http://www.example.com/webservices";
  facts.host_id = "muzn";
  facts.signature_version = "SigV4";
  facts.auth_type = "AuthHeader";
  facts.tls_cipher = "TLS_AES_128_GCM_SHA256";
  facts.acl_required = true;
  facts.object_size = 3462992;
  facts.turn_around_micros = 10'000;
  return out;
}

TEST(AccessLine, Golden) {
  const Record record = record_of_get();
  EXPECT_EQ(access_line(record, *record.access),
            std::string(64, 'a') +
                " photos [06/Feb/2019:00:00:38 +0000] 192.0.2.3 arn:aws:iam::123456789012:user/bo "
                "3E57427F3EXAMPLE REST.GET.OBJECT 2019/a%20b.jpg "
                "\"GET /photos/2019/a%20b.jpg?x-purpose=billing HTTP/1.1\" 206 - 2662992 3462992 "
                "70 10 \"http://www.example.com/webservices\" \"S3Console/0.4 (all of it)\" v1 "
                "muzn SigV4 TLS_AES_128_GCM_SHA256 AuthHeader photos.s3.example TLSv1.3 - Yes - "
                "- -\n");
}

TEST(AccessLine, WhatIsNotThereIsADash) {
  Record record;
  record.access = std::make_shared<AccessFacts>();
  record.bucket = "b";
  record.method = "HEAD";
  record.operation = "HeadBucket";
  record.target = RedactedTarget("/b");
  record.status = 403;
  record.error_code = "AccessDenied";
  EXPECT_EQ(access_line(record, *record.access),
            "- b [01/Jan/1970:00:00:00 +0000] - - - REST.HEAD.BUCKET - \"HEAD /b HTTP/1.1\" 403 "
            "AccessDenied - - 0 - \"-\" \"-\" - - - - - - - - - - - -\n");
}

// Written from AWS's page, not from what we do: 27 fields, and what may come behind them.
const std::regex& field_pattern() {
  static const std::regex out(
      R"re(([^ ]+) ([^ ]+) \[([^\]]+)\] ([^ ]+) ([^ ]+) ([^ ]+) ([^ ]+) ([^ ]+) "([^"]*)" )re"
      R"re(([0-9]{3}|-) ([^ ]+) ([0-9]+|-) ([0-9]+|-) ([0-9]+|-) ([0-9]+|-) "([^"]*)" "([^"]*)" )re"
      R"re(([^ ]+) ([^ ]+) ([^ ]+) ([^ ]+) ([^ ]+) ([^ ]+) ([^ ]+) ([^ ]+) ([^ ]+) ([^ ]+))re"
      R"re(( [^ ]+)*)re");
  return out;
}

void expect_whole(const Record& record, const std::string& what) {
  const std::string line = access_line(record, *record.access);
  ASSERT_FALSE(line.empty());
  ASSERT_EQ(line.find('\n'), line.size() - 1) << what;
  for (const char c : line.substr(0, line.size() - 1)) ASSERT_TRUE(c >= 0x20 && c < 0x7f) << what;
  ASSERT_TRUE(std::regex_match(line.substr(0, line.size() - 1), field_pattern())) << line;
}

TEST(AccessLine, HostileBytesStayInTheirField) {
  const auto set = [](Record& record, int field, const std::string& value) {
    switch (field) {
      case 0:
        record.key = value;
        break;
      case 1:
        record.user_agent = value;
        break;
      case 2:
        record.access->referer = value;
        break;
      case 3:
        record.target = RedactedTarget(value);
        break;
      case 4:
        record.host = value;
        break;
      case 5:
        record.version_id = value;
        break;
      case 6:
        record.method = value;
        break;
      case 7:
        record.bucket = value;
        break;
      default:
        record.error_code = value;
    }
  };
  for (int field = 0; field < 9; ++field) {
    for (int byte = 0; byte < 256; ++byte) {
      const std::string c(1, static_cast<char>(byte));
      for (const std::string& value : {c, "a" + c + "b", c + c, "\" 200 - " + c}) {
        Record record = record_of_get();
        set(record, field, value);
        expect_whole(record, std::to_string(field) + " " + std::to_string(byte));
      }
    }
  }
}

TEST(AccessLine, AForgedLineIsNone) {
  Record record = record_of_get();
  record.user_agent = "x\" 200 -\nowner bucket [now] 1.2.3.4 \\\" - \xff\xc3\xa9";
  const std::string line = access_line(record, *record.access);
  EXPECT_NE(line.find("\"x%22 200 -%0Aowner bucket [now] 1.2.3.4 %5C%22 - %FF%C3%A9\""),
            std::string::npos)
      << line;
  record.key = "-";
  EXPECT_NE(access_line(record, *record.access).find(" REST.GET.OBJECT %2D \""), std::string::npos);
}

TEST(AccessLine, Operations) {
  const auto named = [](const char* operation, const char* method) {
    return access_operation(operation, method);
  };
  EXPECT_EQ(named("PutObject", "PUT"), "REST.PUT.OBJECT");
  EXPECT_EQ(named("HeadObject", "HEAD"), "REST.HEAD.OBJECT");
  EXPECT_EQ(named("ListObjectsV2", "GET"), "REST.GET.BUCKET");
  EXPECT_EQ(named("DeleteBucket", "DELETE"), "REST.DELETE.BUCKET");
  EXPECT_EQ(named("GetBucketVersioning", "GET"), "REST.GET.VERSIONING");
  EXPECT_EQ(named("GetBucketLogging", "GET"), "REST.GET.LOGGING_STATUS");
  EXPECT_EQ(named("GetBucketPolicy", "GET"), "REST.GET.BUCKETPOLICY");
  EXPECT_EQ(named("GetBucketLocation", "GET"), "REST.GET.LOCATION");
  EXPECT_EQ(named("GetBucketAcl", "GET"), "REST.GET.ACL");
  EXPECT_EQ(named("PutObjectTagging", "PUT"), "REST.PUT.OBJECT_TAGGING");
  EXPECT_EQ(named("PutPublicAccessBlock", "PUT"), "REST.PUT.PUBLIC_ACCESS_BLOCK");
  EXPECT_EQ(named("UploadPart", "PUT"), "REST.PUT.PART");
  EXPECT_EQ(named("CopyObject", "PUT"), "REST.COPY.OBJECT");
  EXPECT_EQ(named("DeleteObjects", "POST"), "REST.POST.MULTI_OBJECT_DELETE");
  EXPECT_EQ(named("BATCH.DELETE.OBJECT", "POST"), "BATCH.DELETE.OBJECT");
  EXPECT_EQ(named("", "GET"), "REST.GET.-");
}

TEST(AccessItems, OneForEachObject) {
  Record record = record_of_get();
  record.operation = "DeleteObjects";
  record.method = "POST";
  record.key = "";
  record.access->is_intended = true;
  auto other = std::make_shared<AccessFacts>(*record.access);
  other->is_intended = false;
  other->target = "another's";
  record.also.push_back({.operation = "BATCH.DELETE.OBJECT",
                         .bucket = "photos",
                         .key = "k1",
                         .version_id = "",
                         .status = 403,
                         .error_code = "AccessDenied",
                         .facts = record.access});
  record.also.push_back({.operation = "REST.COPY.OBJECT_GET",
                         .bucket = "source",
                         .key = "k2",
                         .version_id = "",
                         .status = 200,
                         .error_code = "",
                         .object_size = 7,
                         .facts = other});
  const auto items = access_items(record);
  ASSERT_EQ(items.size(), 3U);
  EXPECT_NE(items[0].line.find(" REST.POST.MULTI_OBJECT_DELETE - "), std::string::npos);
  EXPECT_TRUE(items[0].sure);
  EXPECT_NE(items[1].line.find(" BATCH.DELETE.OBJECT k1 "), std::string::npos);
  EXPECT_NE(items[1].line.find("\" 403 AccessDenied - - "), std::string::npos) << items[1].line;
  EXPECT_NE(items[2].line.find(" source ["), std::string::npos);
  EXPECT_NE(items[2].line.find("\" 200 - - 7 "), std::string::npos) << items[2].line;
  EXPECT_EQ(items[2].target, "another's");
  EXPECT_FALSE(items[2].sure);
  for (const AccessItem& item : items) {
    EXPECT_EQ(decode_access_item(encode(item)).value(), item);
    EXPECT_LE(encode(item).size(), kItemBytesMax);
  }
}

TEST(AccessItems, AnIntentHasNoOutcome) {
  const AccessItem item = access_intent(record_of_get());
  EXPECT_TRUE(item.sure);
  EXPECT_NE(item.line.find("HTTP/1.1\" - - 2662992 3462992 - "), std::string::npos) << item.line;
}

TEST(AccessTarget, OneEncoding) {
  const AccessTarget target{.bucket = "logs",
                            .prefix = "p/",
                            .format = KeyFormat::kEventTime,
                            .grants = "g",
                            .strict = true};
  const std::string bytes = encode(target);
  EXPECT_EQ(decode_access_target(bytes).value(), target);
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    EXPECT_FALSE(decode_access_target(bytes.substr(0, cut)));
  }
  EXPECT_FALSE(decode_access_target(bytes + '\0'));
  std::string changed = bytes;
  changed.back() = 2;
  EXPECT_FALSE(decode_access_target(changed));
  changed = bytes;
  changed.front() = 2;
  EXPECT_EQ(decode_access_target(changed).error().code, Code::kUnsupported);
  const AccessItem item = access_intent(record_of_get());
  EXPECT_FALSE(decode_access_item(encode(item) + 'x'));
  EXPECT_FALSE(decode_access_item(""));
}

TEST(AccessLogKey, AsAsked) {
  AccessTarget target{.bucket = "logs", .prefix = "p/"};
  const AccessItem item = access_intent(record_of_get());
  const Time now = from_seconds(1'549'411'239 + 86'400);
  EXPECT_EQ(access_log_key(target, item, now, "0123"), "p/2019-02-07-00-00-39-0123");
  target.format = KeyFormat::kSimple;
  EXPECT_EQ(access_log_key(target, item, now, "0123"), "p/2019-02-07-00-00-39-0123");
  target.format = KeyFormat::kDeliveryTime;
  EXPECT_EQ(access_log_key(target, item, now, "0123"),
            "p/123456789012/eu-x/photos/2019/02/07/2019-02-07-00-00-39-0123");
  EXPECT_EQ(access_log_day(target, item.time), access_log_day(target, now));
  target.format = KeyFormat::kEventTime;
  EXPECT_EQ(access_log_key(target, item, now, "0123"),
            "p/123456789012/eu-x/photos/2019/02/06/2019-02-06-00-00-00-0123");
  EXPECT_NE(access_log_day(target, item.time), access_log_day(target, now));
}

}  // namespace
}  // namespace muzn::audit
