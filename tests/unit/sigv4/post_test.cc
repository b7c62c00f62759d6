// Forms, and Signature Version 2 where it is taken. AWS's published examples: "Example:
// browser-based upload using HTTP POST (using AWS signature version 4)"; "Signing and
// authenticating REST requests".
#include <gtest/gtest.h>

#include "codec/date.h"
#include "sigv4/sigv4.h"

namespace muzn::sigv4 {
namespace {

constexpr std::string_view kSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
constexpr std::string_view kPolicy =
    "eyAiZXhwaXJhdGlvbiI6ICIyMDE1LTEyLTMwVDEyOjAwOjAwLjAwMFoiLA0KICAiY29uZGl0aW9ucyI6IFsNCiAgICB7Im"
    "J1Y2tldCI6ICJzaWd2NGV4YW1wbGVidWNrZXQifSwNCiAgICBbInN0YXJ0cy13aXRoIiwgIiRrZXkiLCAidXNlci91c2Vy"
    "MS8iXSwNCiAgICB7ImFjbCI6ICJwdWJsaWMtcmVhZCJ9LA0KICAgIHsic3VjY2Vzc19hY3Rpb25fcmVkaXJlY3QiOiAiaH"
    "R0cDovL3NpZ3Y0ZXhhbXBsZWJ1Y2tldC5zMy5hbWF6b25hd3MuY29tL3N1Y2Nlc3NmdWxfdXBsb2FkLmh0bWwifSwNCiAg"
    "ICBbInN0YXJ0cy13aXRoIiwgIiRDb250ZW50LVR5cGUiLCAiaW1hZ2UvIl0sDQogICAgeyJ4LWFtei1tZXRhLXV1aWQiOi"
    "AiMTQzNjUxMjM2NTEyNzQifSwNCiAgICB7IngtYW16LXNlcnZlci1zaWRlLWVuY3J5cHRpb24iOiAiQUVTMjU2In0sDQog"
    "ICAgWyJzdGFydHMtd2l0aCIsICIkeC1hbXotbWV0YS10YWciLCAiIl0sDQoNCiAgICB7IngtYW16LWNyZWRlbnRpYWwiOi"
    "AiQUtJQUlPU0ZPRE5ON0VYQU1QTEUvMjAxNTEyMjkvdXMtZWFzdC0xL3MzL2F3czRfcmVxdWVzdCJ9LA0KICAgIHsieC1h"
    "bXotYWxnb3JpdGhtIjogIkFXUzQtSE1BQy1TSEEyNTYifSwNCiAgICB7IngtYW16LWRhdGUiOiAiMjAxNTEyMjlUMDAwMD"
    "AwWiIgfQ0KICBdDQp9";

Options options(bool sigv2 = false) {
  Options out;
  out.region = "us-east-1";
  out.sigv2 = sigv2;
  return out;
}

http::Headers example_fields() {
  http::Headers fields;
  fields.add("X-Amz-Algorithm", "AWS4-HMAC-SHA256");
  fields.add("X-Amz-Credential", "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request");
  fields.add("X-Amz-Date", "20151229T000000Z");
  fields.add("Policy", kPolicy);
  fields.add("X-Amz-Signature", "8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e");
  return fields;
}

std::string key_of(const Claim& claim) {
  if (claim.v2) return std::string(kSecret);
  return derive_signing_key(kSecret, claim.date, claim.region, claim.service);
}

// "" when it is proved, "anonymous", or the refusal's code.
std::string code_of(const http::Headers& fields, const Options& taken = options()) {
  auto claim = parse_post_claim(fields, taken);
  if (!claim) return claim.error().code;
  if (!*claim) return "anonymous";
  EXPECT_EQ((*claim)->payload, Payload::kUnsigned);
  const auto proof =
      verify_post(fields.get("policy").value_or(""), std::move(**claim), key_of, taken);
  return proof ? "" : proof.error().code;
}

std::string changed(std::string_view name, std::string_view value) {
  http::Headers fields = example_fields();
  fields.set(name, value);
  return code_of(fields);
}

TEST(Post, TheExampleOfAws) {
  EXPECT_EQ(code_of(example_fields()), "");
  EXPECT_EQ(code_of({}), "anonymous");
}

TEST(Post, EachFieldCounts) {
  EXPECT_EQ(changed("policy", std::string(kPolicy) + "="), "SignatureDoesNotMatch");
  EXPECT_EQ(changed("x-amz-signature", ""), "SignatureDoesNotMatch");
  EXPECT_EQ(changed("x-amz-algorithm", "AWS4-HMAC-SHA1"), "InvalidArgument");
  EXPECT_EQ(changed("x-amz-credential", "AK"), "InvalidArgument");
  EXPECT_EQ(changed("x-amz-credential", "AKIAIOSFODNN7EXAMPLE/20151228/us-east-1/s3/aws4_request"),
            "InvalidArgument")
      << "another day than x-amz-date";
  EXPECT_EQ(changed("x-amz-credential", "AKIAIOSFODNN7EXAMPLE/20151229/us-west-1/s3/aws4_request"),
            "InvalidArgument");
  EXPECT_EQ(changed("x-amz-credential", "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/iam/aws4_request"),
            "InvalidArgument");
  EXPECT_EQ(changed("x-amz-date", "20151230T000000Z"), "InvalidArgument");
  EXPECT_EQ(changed("x-amz-date", "2015-12-29"), "InvalidArgument");
  EXPECT_EQ(changed("signature", "x"), "InvalidArgument") << "two mechanisms";
  for (const auto gone : example_fields().all()) {
    http::Headers fields;
    for (const auto field : example_fields().all()) {
      if (field.name != gone.name) fields.add(field.name, field.value);
    }
    EXPECT_EQ(code_of(fields), "InvalidArgument") << gone.name;
  }
}

TEST(Post, VersionTwoOnlyWhereItIsTaken) {
  http::Headers fields;
  fields.add("AWSAccessKeyId", "AKIAIOSFODNN7EXAMPLE");
  fields.add("policy", "e30=");
  fields.add("signature", "4QWH4O9CWtowYUW+X4P2gZ/6fNc=");
  EXPECT_EQ(code_of(fields), "InvalidRequest");
  EXPECT_EQ(code_of(fields, options(true)), "");
  fields.set("policy", "e30");
  EXPECT_EQ(code_of(fields, options(true)), "SignatureDoesNotMatch");
}

http::RequestHead old_request(std::string method, std::string path, std::string_view date,
                              std::string_view signature) {
  http::RequestHead head;
  head.method = std::move(method);
  head.path = std::move(path);
  head.host = "awsexamplebucket1.s3.amazonaws.com";
  head.headers.add("Date", date);
  head.headers.add("Authorization", "AWS AKIAIOSFODNN7EXAMPLE:" + std::string(signature));
  return head;
}

std::string code_of(const http::RequestHead& head, std::string_view now, Options taken) {
  taken.bucket_of_host = [](std::string_view host) {
    return host.starts_with("awsexamplebucket1.") ? "awsexamplebucket1" : "";
  };
  auto claim = parse_claim(head, taken);
  if (!claim) return claim.error().code;
  if (!*claim) return "anonymous";
  const auto proof =
      verify(head, std::move(**claim), key_of, codec::parse_iso8601(now).value(), taken);
  if (proof) EXPECT_TRUE(proof->signing_key().empty());
  return proof ? "" : proof.error().code;
}

constexpr std::string_view kThen = "2007-03-27T19:40:00Z";

TEST(VersionTwo, TheExamplesOfAws) {
  auto get = old_request("GET", "/photos/puppy.jpg", "Tue, 27 Mar 2007 19:36:42 +0000",
                         "qgk2+6Sv9/oM7G3qLEjTH1a1l1g=");
  EXPECT_EQ(code_of(get, kThen, options()), "InvalidRequest") << "not unless it is asked for";
  EXPECT_EQ(code_of(get, kThen, options(true)), "");
  auto put = old_request("PUT", "/photos/puppy.jpg", "Tue, 27 Mar 2007 21:15:45 +0000",
                         "iqRzw+ileNPu1fhspnRs8nOjjIA=");
  put.headers.add("Content-Type", "image/jpeg");
  EXPECT_EQ(code_of(put, "2007-03-27T21:15:45Z", options(true)), "");
  http::RequestHead by_query = get;
  by_query.headers = {};
  by_query.query =
      "AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Expires=1175139620&Signature="
      "1No4mq5ETf02z8aet9voy6gui6E%3D";
  EXPECT_EQ(code_of(by_query, "2007-03-29T03:40:19Z", options(true)), "");
  EXPECT_EQ(code_of(by_query, "2007-03-29T03:40:20Z", options(true)), "AccessDenied");
  EXPECT_EQ(code_of(by_query, "2007-03-29T03:40:19Z", options()), "InvalidRequest");
}

TEST(VersionTwo, WhatIsSignedCounts) {
  const auto get = old_request("GET", "/photos/puppy.jpg", "Tue, 27 Mar 2007 19:36:42 +0000",
                               "qgk2+6Sv9/oM7G3qLEjTH1a1l1g=");
  const auto with = [&get](const auto& change) {
    http::RequestHead head = get;
    change(head);
    return code_of(head, kThen, options(true));
  };
  const std::string wrong = "SignatureDoesNotMatch";
  EXPECT_EQ(with([](auto& head) { head.method = "DELETE"; }), wrong);
  EXPECT_EQ(with([](auto& head) { head.path = "/photos/puppy.jp"; }), wrong);
  EXPECT_EQ(with([](auto& head) { head.host = "other.s3.amazonaws.com"; }), wrong);
  EXPECT_EQ(with([](auto& head) { head.query = "acl"; }), wrong);
  EXPECT_EQ(with([](auto& head) { head.query = "versionId=1"; }), wrong);
  EXPECT_EQ(with([](auto& head) { head.headers.add("Content-Type", "a/b"); }), wrong);
  EXPECT_EQ(with([](auto& head) { head.headers.add("x-amz-acl", "private"); }), wrong);
  EXPECT_EQ(with([](auto& head) { head.headers.set("Date", "Tue, 27 Mar 2007 19:36:43 GMT"); }),
            wrong);
  EXPECT_EQ(with([](auto& head) { head.query = "prefix=not-signed"; }), "");
  EXPECT_EQ(code_of(get, "2007-03-27T19:52:00Z", options(true)), "RequestTimeTooSkewed");
  EXPECT_EQ(code_of(get, "2007-03-27T19:20:00Z", options(true)), "RequestTimeTooSkewed");
}

// botocore signs "/bucket/" and sends "/bucket"; a key's path stays what it is.
TEST(VersionTwo, ABucketAloneMayEndInASlash) {
  for (const auto& [path, code] :
       {std::pair{"/b", ""}, std::pair{"/b/", ""}, std::pair{"/b/k", "SignatureDoesNotMatch"}}) {
    auto head = old_request("GET", path, "Tue, 27 Mar 2007 19:36:42 +0000",
                            path == std::string_view("/b/k") ? "rWDR2kK/DBP1OXvgdk7rpHIXkqc="
                                                             : "XudfwmPYsmyxiwCRJd2ZhctkLFA=");
    head.host = "s3.amazonaws.com";
    EXPECT_EQ(code_of(head, kThen, options(true)), code) << path;
  }
}

TEST(VersionTwo, SignsTheSubResourcesThatItKnew) {
  for (const std::string_view name :
       {"acl", "cors", "delete", "uploadId", "versionId", "website"}) {
    EXPECT_TRUE(v2_signs(name)) << name;
  }
  for (const std::string_view name : {"", "Acl", "prefix", "attributes", "retention", "session"}) {
    EXPECT_FALSE(v2_signs(name)) << name;
  }
}

}  // namespace
}  // namespace muzn::sigv4
