#include "s3/error.h"

#include <gtest/gtest.h>

#include <set>

#include "codec/xml.h"

namespace muzn::s3 {
namespace {

TEST(Error, DocumentIsAsAwsWritesIt) {
  Error error(ErrorCode::kNoSuchKey);
  error.extra.emplace_back("Key", "a<b");
  const http::Response response = error_response(error, "/bucket/a<b", "4442587FB7D0A2F9", "host");
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.headers.get("content-type"), "application/xml");
  EXPECT_EQ(response.headers.get("x-amz-request-id"), "4442587FB7D0A2F9");
  const auto document = codec::parse_xml(response.body);
  ASSERT_TRUE(document) << response.body;
  EXPECT_EQ(document->name, "Error");
  std::string shape;
  for (const codec::XmlNode& child : document->children) {
    shape += child.name + "=" + child.text + "\n";
  }
  EXPECT_EQ(shape,
            "Code=NoSuchKey\nMessage=The specified key does not exist.\nKey=a<b\n"
            "Resource=/bucket/a<b\nRequestId=4442587FB7D0A2F9\nHostId=host\n");
}

TEST(Error, AMarkerIsDescribed) {
  object::Failure failure(object::Fault::kDeleteMarker, "");
  failure.marker = object::Failure::Marker{"", from_micros(0)};
  const Error hidden(failure);
  EXPECT_EQ(hidden.code, ErrorCode::kNoSuchKey);
  EXPECT_EQ(hidden.headers.get("x-amz-delete-marker"), "true");
  EXPECT_EQ(hidden.headers.get("x-amz-version-id"), "null");
  EXPECT_FALSE(hidden.headers.has("Last-Modified"));
  failure.fault = object::Fault::kMarkerVersion;
  failure.marker->version_id = "v";
  const Error named(failure);
  EXPECT_EQ(named.code, ErrorCode::kMethodNotAllowed);
  EXPECT_EQ(named.headers.get("x-amz-version-id"), "v");
  EXPECT_EQ(named.headers.get("Last-Modified"), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(named.headers.get("Allow"), "DELETE");
}

TEST(Error, NotModifiedHasNoBody) {
  const http::Response response = error_response(ErrorCode::kNotModified, "/b/k", "id", "host");
  EXPECT_EQ(response.status, 304);
  EXPECT_TRUE(response.body.empty());
}

TEST(Error, BytesThatXmlCannotCarryAreShown) {
  const Error error(ErrorCode::kInvalidArgument, std::string("bad\0\xFF", 5));
  const http::Response response = error_response(error, "/\xFF", "id", "host");
  const auto document = codec::parse_xml(response.body);
  ASSERT_TRUE(document) << response.body;
  EXPECT_EQ(document->child_text("Message"), "bad??");
  EXPECT_EQ(document->child_text("Resource"), "/?");
}

TEST(Error, ASignatureMismatchShowsWhatWeComputed) {
  sigv4::Refusal refusal;
  refusal.code = "SignatureDoesNotMatch";
  refusal.canonical_request = "GET\n/";
  refusal.string_to_sign = "AWS4";
  refusal.signature_provided = "00ff";
  refusal.access_key = "AKIA";
  const Error error(refusal);
  std::string shape;
  for (const auto& [element, text] : error.extra) shape += element + "=" + text + ";";
  EXPECT_EQ(shape,
            "AWSAccessKeyId=AKIA;StringToSign=AWS4;SignatureProvided=00ff;"
            "StringToSignBytes=41 57 53 34;CanonicalRequest=GET\n/;"
            "CanonicalRequestBytes=47 45 54 0a 2f;");
  EXPECT_EQ(error.code, ErrorCode::kSignatureDoesNotMatch);
}

TEST(Error, AWrongRegionNamesTheRightOne) {
  sigv4::Refusal refusal;
  refusal.code = "AuthorizationHeaderMalformed";
  refusal.message = "the region is wrong";
  refusal.expected_region = "eu-west-1";
  const Error error(refusal);
  EXPECT_EQ(error.code, ErrorCode::kAuthorizationHeaderMalformed);
  ASSERT_EQ(error.extra.size(), 1U);
  EXPECT_EQ(error.extra[0].second, "eu-west-1");
}

TEST(Error, FaultsOfTheObjectFloor) {
  using object::Fault;
  const auto code = [](Fault fault) { return Error(object::Failure(fault, "")).code; };
  EXPECT_EQ(code(Fault::kNoSuchBucket), ErrorCode::kNoSuchBucket);
  EXPECT_EQ(code(Fault::kBucketExists), ErrorCode::kBucketAlreadyExists);
  EXPECT_EQ(code(Fault::kPreconditionFailed), ErrorCode::kPreconditionFailed);
  EXPECT_EQ(Error(object::Failure(Fault::kRejected, "XAmzContentSHA256Mismatch")).code,
            ErrorCode::kXAmzContentSHA256Mismatch);
  const Error full(object::Failure(muzn::Error{Code::kNoSpace, "/var/lib: disk full"}));
  EXPECT_EQ(full.code, ErrorCode::kInsufficientStorage);
  EXPECT_EQ(full.message, "");  // paths of ours are not the client's
}

TEST(Error, TheTableIsSound) {
  std::set<std::string_view> names;
  for (std::uint16_t i = 0; i <= static_cast<std::uint16_t>(ErrorCode::kXAmzContentSHA256Mismatch);
       ++i) {
    const auto code = static_cast<ErrorCode>(i);
    EXPECT_TRUE(names.insert(name(code)).second) << name(code);
    EXPECT_EQ(error_code(name(code)), code);
    EXPECT_GE(status(code), 300);
    EXPECT_FALSE(default_message(code).empty());
  }
  EXPECT_EQ(error_code("Unheard"), std::nullopt);
}

TEST(ErrorResponse, OfTheControlApiIsWrapped) {
  const http::Response response = error_response(ErrorCode::kNoSuchPublicAccessBlockConfiguration,
                                                 "/p", "id", "host", Api::kControl);
  EXPECT_EQ(response.status, 404);
  const auto root = codec::parse_xml(response.body);
  ASSERT_TRUE(root);
  EXPECT_EQ(root->name, "ErrorResponse");
  ASSERT_FALSE(root->children.empty());
  EXPECT_EQ(root->children.front().name, "Error");
  EXPECT_EQ(root->children.front().child_text("Code"), "NoSuchPublicAccessBlockConfiguration");
  EXPECT_EQ(root->child_text("RequestId"), "id");
}

}  // namespace
}  // namespace muzn::s3
