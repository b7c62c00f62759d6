#include "s3/object_headers.h"

#include <gtest/gtest.h>

namespace muzn::s3 {
namespace {

http::Headers headers_of(std::initializer_list<std::pair<const char*, std::string>> list) {
  http::Headers headers;
  for (const auto& [name, value] : list) headers.add(name, value);
  return headers;
}

TEST(ObjectHeaders, ReadsAndTellsTheSame) {
  const auto attributes = parse_attributes(headers_of({{"Content-Type", "text/bla"},
                                                       {"Expires", "whenever"},
                                                       {"X-Amz-Meta-Meta1", "v\xe9"},
                                                       {"x-amz-meta-empty", ""},
                                                       {"x-amz-storage-class", "STANDARD_IA"},
                                                       {"x-amz-tagging", "a=1&b=%20x"},
                                                       {"X-Minio-Replication", "no"}}));
  ASSERT_TRUE(attributes);
  object::Version version;
  version.etag = "e";
  version.attributes = *attributes;
  http::Headers out;
  add_object_headers(out, version, std::nullopt);
  EXPECT_EQ(out.get("Content-Type"), "text/bla");
  EXPECT_EQ(out.get("Expires"), "whenever");
  EXPECT_EQ(out.get("x-amz-meta-meta1"), "v\xe9");
  EXPECT_EQ(out.get("x-amz-meta-empty"), "");
  EXPECT_EQ(out.get("x-amz-storage-class"), "STANDARD_IA");
  EXPECT_EQ(out.get("x-amz-tagging-count"), "2");
  EXPECT_EQ(out.get("ETag"), "\"e\"");
  EXPECT_FALSE(out.has("X-Minio-Replication"));
  EXPECT_FALSE(out.has("x-amz-version-id"));
}

TEST(ObjectHeaders, AwsChunkedIsNoContentEncoding) {
  for (const auto& [given, kept] :
       {std::pair("gzip", "gzip"), std::pair("deflate, gzip", "deflate, gzip"),
        std::pair("gzip, aws-chunked", "gzip"), std::pair("aws-chunked,gzip", "gzip"),
        std::pair("aws-chunked, aws-chunked", "")}) {
    const auto attributes = parse_metadata(headers_of({{"Content-Encoding", given}}));
    ASSERT_TRUE(attributes);
    EXPECT_EQ(attributes->content_encoding, kept);
  }
}

TEST(ObjectHeaders, MetadataEndsAtTwoKibibytes) {
  EXPECT_TRUE(parse_metadata(headers_of({{"x-amz-meta-a", std::string(2047, 'x')}})));
  const auto refused = parse_metadata(headers_of({{"x-amz-meta-a", std::string(2048, 'x')}}));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kMetadataTooLarge);
}

TEST(ObjectHeaders, RepeatedMetadataIsJoined) {
  const auto joined = parse_metadata(headers_of({{"x-amz-meta-a", "1"}, {"X-Amz-Meta-A", "2"}}));
  ASSERT_TRUE(joined);
  EXPECT_EQ(joined->user_metadata, (object::Pairs{{"a", "1,2"}}));
}

TEST(ObjectHeaders, RefusesBadTags) {
  for (const char* tagging : {"key%", "=", "a=1&a=2", "=v"}) {
    const auto refused = parse_tagging(headers_of({{"x-amz-tagging", tagging}}));
    ASSERT_FALSE(refused) << tagging;
    EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument) << tagging;
  }
  std::string eleven;
  for (int i = 0; i < 11; ++i) eleven += "&k" + std::to_string(i) + "=v";
  const auto many = parse_tagging(headers_of({{"x-amz-tagging", eleven.substr(1)}}));
  ASSERT_FALSE(many);
  EXPECT_EQ(many.error().code, ErrorCode::kInvalidTag);
}

TEST(ObjectHeaders, RefusesWhatIsNotBuilt) {
  struct Case {
    const char* name;
    const char* value;
    ErrorCode code;
  };
  for (const Case& c : {
           Case{"x-amz-server-side-encryption", "AES256", ErrorCode::kNotImplemented},
           Case{"x-amz-server-side-encryption", "rot13", ErrorCode::kInvalidArgument},
           Case{"x-amz-server-side-encryption-customer-algorithm", "AES256",
                ErrorCode::kNotImplemented},
           Case{"x-amz-write-offset-bytes", "3", ErrorCode::kNotImplemented},
       }) {
    const auto refused = refuse_unsupported(headers_of({{c.name, c.value}}));
    ASSERT_FALSE(refused) << c.name;
    EXPECT_EQ(refused.error().code, c.code) << c.name << ": " << c.value;
  }
  const auto both = refuse_unsupported(
      headers_of({{"x-amz-server-side-encryption", "AES256"},
                  {"x-amz-server-side-encryption-customer-algorithm", "AES256"}}));
  ASSERT_FALSE(both);
  EXPECT_EQ(both.error().code, ErrorCode::kInvalidArgument);
}

TEST(ObjectHeaders, RedirectAndStorageClass) {
  EXPECT_TRUE(parse_redirect(headers_of({{"x-amz-website-redirect-location", "/x"}})));
  const auto redirect = parse_redirect(headers_of({{"x-amz-website-redirect-location", "foo"}}));
  ASSERT_FALSE(redirect);
  EXPECT_EQ(redirect.error().code, ErrorCode::kInvalidRedirectLocation);
  EXPECT_EQ(*parse_storage_class(headers_of({{"x-amz-storage-class", "STANDARD"}})), "");
  const auto cold = parse_storage_class(headers_of({{"x-amz-storage-class", "COLD"}}));
  ASSERT_FALSE(cold);
  EXPECT_EQ(cold.error().code, ErrorCode::kInvalidStorageClass);
}

}  // namespace
}  // namespace muzn::s3
