#include "s3/copy_source.h"

#include <gtest/gtest.h>

namespace muzn::s3 {
namespace {

CopySource source_of(std::string bucket, std::string key, std::optional<std::string> version = {}) {
  return {.bucket = std::move(bucket), .key = std::move(key), .version_id = std::move(version)};
}

TEST(CopySource, ReadsOnce) {
  EXPECT_EQ(*parse_copy_source("/src/a/b"), source_of("src", "a/b"));
  EXPECT_EQ(*parse_copy_source("src/a%2Fb%252F"), source_of("src", "a/b%2F"));
  EXPECT_EQ(*parse_copy_source("src/a+b"), source_of("src", "a+b"));
  EXPECT_EQ(*parse_copy_source("src%2Fkey"), source_of("src", "key"));
  EXPECT_EQ(*parse_copy_source("src//k"), source_of("src", "/k"));
  EXPECT_EQ(*parse_copy_source("src/ "), source_of("src", " "));
}

TEST(CopySource, TellsTheVersionBeforeItDecodes) {
  EXPECT_EQ(*parse_copy_source("src/k?versionId=3HL4kqtJlcpXroDTDmjVBH40Nrjfkd._"),
            source_of("src", "k", "3HL4kqtJlcpXroDTDmjVBH40Nrjfkd._"));
  EXPECT_EQ(*parse_copy_source("src/%3FversionId"), source_of("src", "?versionId"));
  EXPECT_EQ(*parse_copy_source("src/k%3FversionId=../../B2/x"),
            source_of("src", "k?versionId=../../B2/x"));
  EXPECT_EQ(*parse_copy_source("src/a?b"), source_of("src", "a?b"));
}

TEST(CopySource, RefusesOtherGrammars) {
  for (const char* header :
       {"", "/", "bucket", "bucket/", "/bucket/", "192.168.1.1/foo", "my-buc@k&()t/obj",
        "bucket/../", "bucket/..", "bkt/foo/ba/../../../r/baz", "src/k?versionId=", "src/%zz",
        "src/%00", "src/%ff", "../src/k", "src/k?versionId=%00", "src/k?versionId=v1"}) {
    const auto refused = parse_copy_source(header);
    ASSERT_FALSE(refused) << header;
    EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument) << header;
  }
}

TEST(CopyRange, IsStrict) {
  const auto parse = [](const char* text) {
    http::Headers headers;
    headers.add("x-amz-copy-source-range", text);
    return parse_copy_range(headers);
  };
  const auto range = parse("bytes=0-9");
  ASSERT_TRUE(range && *range);
  EXPECT_EQ((*range)->length(), 10U);
  for (const char* text :
       {"0-2", "bytes=0", "bytes=hello-world", "bytes=0-bar", "bytes=hello-", "bytes=0-2,3-5",
        "bytes=5-", "bytes=-5", "bytes=9-0", "", "bytes= 0-1", "bytes=0-99999999999999999999"}) {
    const auto refused = parse(text);
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument) << text;
  }
  EXPECT_FALSE(*parse_copy_range(http::Headers()));
}

}  // namespace
}  // namespace muzn::s3
