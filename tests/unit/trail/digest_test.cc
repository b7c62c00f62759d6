#include "trail/digest.h"

#include <gtest/gtest.h>

#include "codec/base64.h"
#include "codec/json.h"
#include "crypto/digest.h"
#include "trail/rows.h"

namespace muzn::trail {
namespace {

const Place kPlace{
    .account = "123456789012", .region = "eu-x-1", .trail = "ops", .bucket = "audit", .prefix = ""};
const Time kEnd = from_seconds(1'795'694'400);  // 2026-11-26T12:00:00Z

LogFile sample_file(int n) {
  return {.bucket = "audit",
          .key = "key" + std::to_string(n),
          .hash = std::string(32, static_cast<char>(n)),
          .oldest = kEnd - std::chrono::seconds(100 + n),
          .newest = kEnd - std::chrono::seconds(10 + n),
          .events = 3,
          .first_leaf = 5,
          .last_leaf = 9};
}

Digest sample_digest() {
  return {.place = kPlace,
          .start = kEnd - std::chrono::hours(1),
          .end = kEnd,
          .fingerprint = "f00d",
          .previous = Link{"old", "old/key", std::string(32, 'h'), "\x01\xff"},
          .files = {sample_file(1), sample_file(2)},
          .events_lost = 0};
}

TEST(DigestNames, AreCloudTrails) {
  Place place = kPlace;
  EXPECT_EQ(log_file_key(place, kEnd, "abc"),
            "AWSLogs/123456789012/CloudTrail/eu-x-1/2026/11/26/"
            "123456789012_CloudTrail_eu-x-1_20261126T1200Z_abc.json.gz");
  place.prefix = "a/b";
  EXPECT_EQ(digest_key(place, kEnd),
            "a/b/AWSLogs/123456789012/CloudTrail-Digest/eu-x-1/2026/11/26/"
            "123456789012_CloudTrail-Digest_eu-x-1_ops_eu-x-1_20261126T120000Z.json.gz");
}

TEST(DigestNames, LogFilesAreRecords) {
  EXPECT_EQ(log_file({}), R"({"Records":[]})");
  EXPECT_EQ(log_file({"{}", R"({"a":1})"}), R"({"Records":[{},{"a":1}]})");
}

TEST(DigestFile, SaysWhatValidateLogsAsksFor) {
  const codec::Json json = codec::parse_json(digest_json(sample_digest())).value();
  EXPECT_EQ(json["digestStartTime"], "2026-11-26T11:00:00Z");
  EXPECT_EQ(json["digestEndTime"], "2026-11-26T12:00:00Z");
  EXPECT_EQ(json["digestS3Bucket"], "audit");
  EXPECT_EQ(json["digestS3Object"], digest_key(kPlace, kEnd));
  EXPECT_EQ(json["digestPublicKeyFingerprint"], "f00d");
  EXPECT_EQ(json["previousDigestS3Object"], "old/key");
  EXPECT_EQ(json["previousDigestSignature"], "01ff");
  EXPECT_EQ(json["oldestEventTime"], "2026-11-26T11:58:18Z");
  EXPECT_EQ(json["newestEventTime"], "2026-11-26T11:59:49Z");
  ASSERT_EQ(json["logFiles"].size(), 2U);
  EXPECT_EQ(json["logFiles"][1]["s3Object"], "key2");
  EXPECT_EQ(json["logFiles"][1]["hashValue"], codec::hex_encode(std::string(32, '\2')));
  EXPECT_EQ(json["logFiles"][1]["muznFirstLeafIndex"], 5);

  Digest empty = sample_digest();
  empty.previous.reset();
  empty.files.clear();
  const codec::Json first = codec::parse_json(digest_json(empty)).value();
  for (const char* member :
       {"previousDigestS3Bucket", "previousDigestSignature", "newestEventTime"}) {
    EXPECT_TRUE(first.contains(member) && first[member].is_null()) << member;
  }
  EXPECT_TRUE(first["logFiles"].is_array());
}

TEST(DigestFile, StringToSign) {
  Digest digest = sample_digest();
  const std::string head = "2026-11-26T12:00:00Z\naudit/" + digest_key(kPlace, kEnd) + "\n" +
                           codec::hex_encode(crypto::sha256("json")) + "\n";
  EXPECT_EQ(string_to_sign(digest, "json"), head + "01ff");
  digest.previous.reset();
  EXPECT_EQ(string_to_sign(digest, "json"), head + "null");
}

TEST(TrailRows, ThereAndBack) {
  TrailState state;
  EXPECT_EQ(decode_state(encode_state(state)).value(), state);
  state = {.created = from_micros(1),
           .waiting = 2,
           .waiting_bytes = 3,
           .lost = 4,
           .attempted = from_micros(5),
           .delivered = from_micros(6),
           .error = "NoSuchBucket",
           .digested = from_micros(7),
           .digest_error = "AccessDenied",
           .digest_from = from_micros(8),
           .link = Link{"b", "k", "h", "s"},
           .files = {sample_file(1), sample_file(2)},
           .file_plan = FilePlan{.last = 9, .made = from_micros(10), .bucket = "b", .key = "k"},
           .digest_plan = DigestPlan{.end = from_micros(11), .bucket = "b", .prefix = "p"}};
  const std::string bytes = encode_state(state);
  EXPECT_EQ(decode_state(bytes).value(), state);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode_state(std::string_view(bytes).substr(0, size))) << size;
  }
  EXPECT_EQ(decode_state(bytes + "x").error().code, Code::kCorrupt);
  EXPECT_EQ(decode_state("\x02" + bytes.substr(1)).error().code, Code::kUnsupported);

  const KeyRow key{from_micros(1), from_micros(2), "der", "sealed"};
  EXPECT_EQ(decode_key(encode_key(key)).value(), key);
  EXPECT_EQ(decode_cursor(encode_cursor(77)).value(), 77U);
  const Waiting waiting = decode_waiting(encode_waiting({from_micros(1), 2, "{}"})).value();
  EXPECT_EQ(waiting.leaf, 2U);
  EXPECT_EQ(waiting.event, "{}");
}

TEST(TrailRows, KeysAreInOrderAndApart) {
  const TrailId a("100000000001", "trail");
  const TrailId b("100000000001", "trail-2");
  EXPECT_EQ(trail_of_state_row(state_row(b)).value(), b);
  EXPECT_LT(waiting_row(a, 9), waiting_row(a, 10));
  EXPECT_FALSE(waiting_row(b, 0).starts_with(waiting_prefix(a)));
  EXPECT_LT(event_row(a.first, from_micros(9), 9), event_row(a.first, from_micros(10), 1));
  EXPECT_LT(event_row(a.first, from_micros(10), 1), event_row(a.first, from_micros(10), 2));
}

}  // namespace
}  // namespace muzn::trail
