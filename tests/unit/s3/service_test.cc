#include "s3/service.h"

#include "unit/s3/bench.h"

namespace muzn::s3 {
namespace {

class ServiceTest : public Bench {
 protected:
  ServiceTest() { send({.method = "PUT", .target = "/photos"}); }
};

TEST_F(ServiceTest, EveryAnswerCarriesItsIds) {
  for (const std::string_view target : {"/", "/photos", "/none", "/photos?acl", "/../x"}) {
    const http::Response response = get(std::string(target));
    EXPECT_EQ(response.headers.get("x-amz-request-id"), "4442587FB7D0A2F9");
    EXPECT_EQ(response.headers.get("x-amz-id-2"), "bench");
    EXPECT_EQ(response.headers.get("Server"), "Muzn");
    EXPECT_EQ(response.headers.count("x-amz-request-id"), 1U);
  }
}

TEST_F(ServiceTest, ABadSignatureLearnsNothingOfBuckets) {
  const auto as_stranger = [&](std::string target) {
    return outcome(send({.target = std::move(target), .secret_key = "wrong"}));
  };
  EXPECT_EQ(as_stranger("/photos"), "403 SignatureDoesNotMatch");
  EXPECT_EQ(as_stranger("/none"), "403 SignatureDoesNotMatch");
  EXPECT_EQ(outcome(send({.target = "/none", .access_key = "AKNOBODY", .secret_key = "x"})),
            "403 InvalidAccessKeyId");
  EXPECT_EQ(record.error_code, "InvalidAccessKeyId");
  EXPECT_EQ(record.decision, "error");
}

TEST_F(ServiceTest, AMismatchShowsTheCanonicalRequest) {
  const http::Response response = send({.target = "/photos", .secret_key = "wrong"});
  const auto error = codec::parse_xml(response.body);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->child_text("AWSAccessKeyId"), "AKALICE");
  EXPECT_TRUE(error->child_text("CanonicalRequest").starts_with("GET\n/photos\n"));
  EXPECT_TRUE(error->child_text("CanonicalRequestBytes").starts_with("47 45 54 0a 2f"));
  EXPECT_TRUE(error->child_text("StringToSign").starts_with("AWS4-HMAC-SHA256\n"));
  EXPECT_FALSE(error->child_text("SignatureProvided").empty());
}

TEST_F(ServiceTest, OthersMayNothing) {
  EXPECT_EQ(outcome(send({.target = "/photos", .access_key = "AKBOB"})), "403 AccessDenied");
  EXPECT_EQ(record.decision, "deny");
  EXPECT_EQ(record.account, "222222222222");
  EXPECT_EQ(outcome(send({.target = "/photos", .access_key = ""})), "403 AccessDenied");
  EXPECT_EQ(outcome(send({.target = "/none", .access_key = "AKBOB"})), "404 NoSuchBucket");
  EXPECT_EQ(outcome(send({.method = "PUT", .target = "/new-one", .access_key = ""})),
            "403 AccessDenied");
  EXPECT_EQ(outcome(send({.access_key = ""})), "403 AccessDenied");
}

TEST_F(ServiceTest, WhatIsNotBuiltSaysSo) {
  EXPECT_EQ(outcome(get("/photos?website")), "501 NotImplemented");
  EXPECT_EQ(record.operation, "GetBucketWebsite");
  EXPECT_EQ(outcome(send({.method = "POST", .target = "/photos?metadataTable"})),
            "501 NotImplemented");
  EXPECT_EQ(outcome(send({.target = "/photos?website", .secret_key = "wrong"})),
            "403 SignatureDoesNotMatch");
  EXPECT_EQ(outcome(send({.target = "/photos?website", .access_key = ""})), "403 AccessDenied");
}

TEST_F(ServiceTest, TheExpectedOwnerIsCompared) {
  const auto expecting = [&](std::string owner) {
    return send({.target = "/photos",
                 .headers = {{"x-amz-expected-bucket-owner", std::move(owner)}}})
        .status;
  };
  EXPECT_EQ(expecting("111111111111"), 200);
  EXPECT_EQ(expecting("222222222222"), 403);
}

TEST_F(ServiceTest, ErrorsOfHeadHaveNoBody) {
  const http::Response response = send({.method = "HEAD", .target = "/none"});
  EXPECT_EQ(response.status, 404);
  EXPECT_TRUE(response.body.empty());
  EXPECT_EQ(record.error_code, "NoSuchBucket");
}

TEST_F(ServiceTest, FaultsOfTheEngineKeepTheirSecrets) {
  store.broken = true;
  const http::Response response = get("/photos");
  EXPECT_EQ(outcome(response), "503 ServiceUnavailable");
  EXPECT_EQ(response.body.find("/disk/7"), std::string::npos);
  EXPECT_EQ(record.cause, "/disk/7 went away");  // the operator is told
}

TEST_F(ServiceTest, TheRecordTellsWhoDidWhat) {
  get("/photos?prefix=a");
  EXPECT_EQ(record.service, "s3");
  EXPECT_EQ(record.operation, "ListObjects");
  EXPECT_EQ(record.decision, "allow");
  EXPECT_EQ(record.bucket, "photos");
  EXPECT_EQ(record.account, "111111111111");
  EXPECT_EQ(record.access_key, "AKALICE");
  EXPECT_EQ(record.error_code, "");
}

}  // namespace
}  // namespace muzn::s3
