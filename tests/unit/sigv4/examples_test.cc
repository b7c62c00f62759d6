// AWS's published examples: "Examples: Signature Calculations in AWS Signature Version 4" and
// "Authenticating Requests: Using Query Parameters" of the S3 API reference.
#include <gtest/gtest.h>

#include "codec/base64.h"
#include "sigv4/canonical.h"
#include "unit/sigv4/fixture.h"

namespace muzn::sigv4 {
namespace {

constexpr std::string_view kBucketHost = "examplebucket.s3.amazonaws.com";

std::string authorization(std::string_view signed_headers, std::string_view signature) {
  std::string out("AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/");
  out.append("aws4_request,SignedHeaders=").append(signed_headers);
  return out.append(",Signature=").append(signature);
}

TEST(Examples, GetObject) {
  const auto head =
      request("GET", "/test.txt",
              {{"Host", kBucketHost},
               {"Authorization",
                authorization("host;range;x-amz-content-sha256;x-amz-date",
                              "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")},
               {"Range", "bytes=0-9"},
               {"x-amz-content-sha256", kEmptySha256},
               {"x-amz-date", "20130524T000000Z"}});
  EXPECT_EQ(code_of(head), "");
}

TEST(Examples, CanonicalRequestOfGetObject) {
  const auto head = signed_get();
  const auto canonical =
      canonical_request(head, {"host", "range", "x-amz-content-sha256", "x-amz-date"}, head.host,
                        kEmptySha256, Form::kHeader);
  EXPECT_EQ(canonical.text,
            "GET\n/test.txt\n\nhost:examplebucket.s3.amazonaws.com\nrange:bytes=0-9\n"
            "x-amz-content-sha256:"
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n"
            "x-amz-date:20130524T000000Z\n\nhost;range;x-amz-content-sha256;x-amz-date\n"
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(
      string_to_sign("20130524T000000Z", "20130524/us-east-1/s3/aws4_request", canonical.text),
      "AWS4-HMAC-SHA256\n20130524T000000Z\n20130524/us-east-1/s3/aws4_request\n"
      "7344ae5b7ee6c3e7e6b0fe0640412a37625d1fbfff95c48bbb2dc43964946972");
}

TEST(Examples, PutObject) {
  constexpr std::string_view kBody =
      "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072";
  const auto head =
      request("PUT", "/test$file.text",
              {{"Host", kBucketHost},
               {"Date", "Fri, 24 May 2013 00:00:00 GMT"},
               {"Authorization",
                authorization("date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
                              "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd")},
               {"x-amz-date", "20130524T000000Z"},
               {"x-amz-storage-class", "REDUCED_REDUNDANCY"},
               {"x-amz-content-sha256", kBody}});
  EXPECT_EQ(code_of(head), "");
}

TEST(Examples, GetBucketLifecycle) {
  const auto head =
      request("GET", "/?lifecycle",
              {{"Host", kBucketHost},
               {"Authorization",
                authorization("host;x-amz-content-sha256;x-amz-date",
                              "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543")},
               {"x-amz-date", "20130524T000000Z"},
               {"x-amz-content-sha256", kEmptySha256}});
  EXPECT_EQ(code_of(head), "");
}

TEST(Examples, ListObjects) {
  const auto head =
      request("GET", "/?max-keys=2&prefix=J",
              {{"Host", kBucketHost},
               {"Authorization",
                authorization("host;x-amz-content-sha256;x-amz-date",
                              "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")},
               {"x-amz-date", "20130524T000000Z"},
               {"x-amz-content-sha256", kEmptySha256}});
  EXPECT_EQ(code_of(head), "");
}

TEST(Examples, PresignedGet) {
  const auto head = request(
      "GET",
      "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524"
      "%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&"
      "X-Amz-SignedHeaders=host&X-Amz-Signature="
      "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
      {{"Host", kBucketHost}});
  EXPECT_EQ(code_of(head), "");
  EXPECT_EQ(code_of(head, kExampleTime + std::chrono::seconds(86'399)), "");
}

TEST(Examples, PresignMakesTheSameUrl) {
  EXPECT_EQ(presign("GET", kBucketHost, "/test.txt", "", example_key(), "us-east-1", 86'400,
                    kExampleTime),
            "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524"
            "%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&"
            "X-Amz-SignedHeaders=host&X-Amz-Signature="
            "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

TEST(Examples, SignMakesTheSameHeader) {
  EXPECT_EQ(signed_get().headers.get("Authorization"),
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
            "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, Signature="
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

// "Deriving the signing key" of the AWS general reference.
TEST(Examples, SigningKey) {
  EXPECT_EQ(codec::hex_encode(derive_signing_key("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
                                                 "20120215", "us-east-1", "iam")),
            "f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d");
}

// "get-vanilla" of AWS's test suite of Signature Version 4: a service whose clients do not send
// x-amz-content-sha256.
TEST(Examples, ABodyWhoseHashIsNotSent) {
  http::RequestHead head =
      request("GET", "/",
              {{"Host", "example.amazonaws.com"},
               {"X-Amz-Date", "20150830T123600Z"},
               {"Authorization",
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
                "SignedHeaders=host;x-amz-date, "
                "Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"}});
  Options options = us_east_1();
  options.service = "service";
  const auto judged = [&]() -> std::string {
    auto claim = parse_claim(head, options);
    if (!claim) return claim.error().code;
    EXPECT_EQ((*claim)->payload, Payload::kHash);
    auto proof = verify(head, **claim, "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
                        at("20150830T123600Z"), options);
    return proof ? "" : proof.error().code;
  };
  EXPECT_EQ(judged(), "InvalidRequest") << "as S3 has it";
  options.body_sha256 = kEmptySha256;
  EXPECT_EQ(judged(), "");
  options.body_sha256.back() = '6';
  EXPECT_EQ(judged(), "SignatureDoesNotMatch");
  // What the client says it signed goes before.
  options.body_sha256 = kEmptySha256;
  head.headers.add("x-amz-content-sha256", std::string(64, '0'));
  EXPECT_EQ(judged(), "SignatureDoesNotMatch");
}

}  // namespace
}  // namespace muzn::sigv4
