#include "s3/post_policy.h"

#include <gtest/gtest.h>

#include "codec/base64.h"
#include "codec/date.h"

namespace muzn::s3 {
namespace {

Outcome<PostPolicy> parsed(std::string_view conditions,
                           std::string_view expiration = "2026-11-23T12:00:00.000Z") {
  return parse_post_policy(codec::base64_encode("{\"expiration\": \"" + std::string(expiration) +
                                                "\", \"conditions\": " + std::string(conditions) +
                                                "}"));
}

using Fields = std::vector<std::pair<std::string_view, std::string_view>>;

// "" when they may, else what AWS would say after "Invalid according to Policy: ".
std::string denied(std::string_view conditions, const Fields& fields,
                   std::string_view now = "2026-11-23T11:59:59Z") {
  const auto policy = parsed(conditions);
  EXPECT_TRUE(policy) << conditions;
  if (!policy) return "no policy";
  http::Headers headers;
  for (const auto& [name, value] : fields) headers.add(name, value);
  const auto verdict = check_post_policy(*policy, headers, codec::parse_iso8601(now).value());
  if (verdict) return "";
  EXPECT_EQ(verdict.error().code, ErrorCode::kAccessDenied);
  return verdict.error().message.substr(29);
}

TEST(PostPolicy, EndsWhenItSays) {
  EXPECT_EQ(denied("[]", {}, "2026-11-23T11:59:59.999999Z"), "");
  EXPECT_EQ(denied("[]", {}, "2026-11-23T12:00:00Z"), "Policy expired.");
}

TEST(PostPolicy, EachConditionMustHold) {
  EXPECT_EQ(denied(R"([{"acl": "private"}])", {{"acl", "private"}}), "");
  EXPECT_EQ(denied(R"([{"ACL": "private"}])", {{"Acl", "private"}}), "");
  EXPECT_EQ(denied(R"([["eq", "$acl", "private"]])", {{"acl", "Private"}}),
            R"(Policy Condition failed: ["eq","$acl","private"])");
  EXPECT_NE(denied(R"([{"acl": ""}])", {}), "") << "absent is not empty";
  EXPECT_EQ(denied(R"([["starts-with", "$key", "a/"]])", {{"key", "a/b"}}), "");
  EXPECT_EQ(denied(R"([["starts-with", "$key", "a/"]])", {{"key", "b/a/"}}),
            R"(Policy Condition failed: ["starts-with","$key","a/"])");
  EXPECT_EQ(denied(R"([["starts-with", "$key", ""]])", {}), "");
  EXPECT_NE(denied(R"([["starts-with", "$key", "a"]])", {}), "");
  EXPECT_NE(denied(R"([["starts-with", "$key", "a"], ["eq", "$key", "b"]])", {{"key", "b"}}), "");
}

TEST(PostPolicy, TypesMayBeLists) {
  constexpr std::string_view kImages = R"([["starts-with", "$Content-Type", "image/"]])";
  EXPECT_EQ(denied(kImages, {{"content-type", "image/png"}}), "");
  EXPECT_EQ(denied(kImages, {{"content-type", "image/png, image/gif"}}), "");
  EXPECT_NE(denied(kImages, {{"content-type", "image/png,text/html"}}), "");
  EXPECT_NE(denied(kImages, {}), "");
}

TEST(PostPolicy, EachFieldNeedsACondition) {
  EXPECT_EQ(denied("[]", {{"x-amz-meta-a", "1"}}), "Extra input fields: x-amz-meta-a");
  EXPECT_EQ(denied("[]", {{"acl", ""}}), "Extra input fields: acl");
  EXPECT_EQ(denied("[]", {{"Policy", "p"},
                          {"X-Amz-Signature", "s"},
                          {"AWSAccessKeyId", "k"},
                          {"signature", "s"},
                          {"file", ""},
                          {"X-Ignore-This", "1"},
                          {"x-amz-checksum-crc32", "AAAAAA=="}}),
            "");
  EXPECT_NE(denied("[]", {{"x-amz-checksum-algorithm", "CRC32"}}), "");
  EXPECT_NE(denied("[]", {{"x-amz-credential", "c"}}), "");
}

TEST(PostPolicy, RangesOfSizes) {
  const auto range = [](std::string_view conditions) -> std::string {
    const auto policy = parsed(conditions);
    if (!policy) return std::string(name(policy.error().code));
    return std::to_string(policy->size_min) + "-" + std::to_string(policy->size_max);
  };
  EXPECT_EQ(range("[]"), "0-18446744073709551615");
  EXPECT_EQ(range(R"([["content-length-range", 1, 10]])"), "1-10");
  EXPECT_EQ(range(R"([["Content-Length-Range", "1", "10"]])"), "1-10");
  EXPECT_EQ(range(R"([["content-length-range", 1, 10], ["content-length-range", 5, 20]])"), "5-10");
  EXPECT_EQ(range(R"([["content-length-range", 0, 0]])"), "0-0");
  for (const std::string_view bad :
       {R"([["content-length-range", 0]])", R"([["content-length-range", -1, 1]])",
        R"([["content-length-range", 2, 1]])", R"([["content-length-range", 0, 1.5]])",
        R"([["content-length-range", 0, null]])", R"([["content-length-range", 0, 1, 2]])"}) {
    EXPECT_EQ(range(bad), "InvalidPolicyDocument") << bad;
  }
}

TEST(PostPolicy, CVE_2016_8626_RefusesOtherDocuments) {
  for (const std::string_view conditions :
       {"{}", "null", "[1]", "[\"eq\"]", "[[]]", "[{}]", R"([{"a": "b", "c": "d"}])",
        R"([{"acl": 1}])", R"([["eq", "$acl"]])", R"([["eq", "acl", "x"]])",
        R"([["eq", "$acl", 1]])", R"([["like", "$acl", "x"]])", R"([["eq", "$a", "b", "c"]])"}) {
    const auto policy = parsed(conditions);
    ASSERT_FALSE(policy) << conditions;
    EXPECT_EQ(policy.error().code, ErrorCode::kInvalidPolicyDocument);
  }
  for (const std::string_view date : {"", "2026-11-23", "tomorrow", "2026-11-23 12:00:00+00:00x"}) {
    EXPECT_FALSE(parsed("[]", date)) << date;
  }
  for (const std::string_view document :
       {"", "[]", "{", R"({"conditions": []})", R"({"expiration": "2026-11-23T12:00:00Z"})",
        R"({"expiration": 1, "conditions": []})",
        R"({"Expiration": "2026-11-23T12:00:00Z", "conditions": []})",
        R"({"expiration": "2026-11-23T12:00:00Z", "conditions": [], "conditions": []})"}) {
    EXPECT_FALSE(parse_post_policy(codec::base64_encode(document))) << document;
  }
  EXPECT_FALSE(parse_post_policy("{}"));
}

TEST(PostPolicy, DollarsMayBeEscaped) {
  EXPECT_EQ(denied(R"([["eq", "$key", "\$a"]])", {{"key", "$a"}}), "");
  EXPECT_EQ(denied(R"([["eq", "$key", "\\$a"]])", {{"key", "\\$a"}}), "");
  EXPECT_EQ(denied(R"([["eq", "$key", "\\\$a"]])", {{"key", "\\$a"}}), "");
}

}  // namespace
}  // namespace muzn::s3
