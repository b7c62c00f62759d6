// Put, get, head, attributes, delete and copy, from the request to the engine and back.
#include "unit/s3/object_bench.h"

namespace muzn::s3 {
namespace {

const std::string kLarge = [] {
  std::string out(300'000, '\0');
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<char>('a' + i * i % 23);
  return out;
}();

std::string digest_text(crypto::Algorithm algorithm, std::string_view bytes) {
  return codec::base64_encode(crypto::digest(algorithm, bytes));
}

TEST_F(ObjectBench, RoundTripsBytesAndHeaders) {
  for (const std::string& body : {std::string(), std::string("bar"), kLarge}) {
    const Reply put_reply =
        put("k", body, {{"Content-Type", "text/bla"}, {"x-amz-meta-Foo", "Bar"}});
    ASSERT_EQ(put_reply.outcome(), "200") << put_reply.body;
    EXPECT_EQ(put_reply.header("ETag"), "\"" + codec::hex_encode(crypto::md5(body)) + "\"");
    EXPECT_EQ(put_reply.header("x-amz-checksum-crc64nvme"),
              digest_text(crypto::Algorithm::kCrc64Nvme, body));
    EXPECT_EQ(put_reply.header("x-amz-checksum-type"), "FULL_OBJECT");
    const Reply got = get("k");
    EXPECT_EQ(got.outcome(), "200");
    EXPECT_EQ(got.body, body);
    EXPECT_EQ(got.header("Content-Type"), "text/bla");
    EXPECT_EQ(got.header("x-amz-meta-foo"), "Bar");
    EXPECT_EQ(got.header("x-amz-checksum-crc64nvme"), "(none)");
    EXPECT_EQ(get("k", {{"x-amz-checksum-mode", "ENABLED"}}).header("x-amz-checksum-crc64nvme"),
              digest_text(crypto::Algorithm::kCrc64Nvme, body));
    const Reply head = request("HEAD", "/bkt/k");
    EXPECT_EQ(head.declared_length, body.size());
    EXPECT_EQ(head.body, "");
  }
}

TEST_F(ObjectBench, TakesAllTenChecksums) {
  for (int value = 1; value <= 10; ++value) {
    const auto algorithm = static_cast<crypto::Algorithm>(value);
    const std::string header = crypto::checksum_header(algorithm);
    const std::string good = digest_text(algorithm, "abc");
    const Reply reply = put("k", "abc", {{header, good}});
    EXPECT_EQ(reply.outcome(), "200") << header << reply.body;
    EXPECT_EQ(reply.header(header), good);
    EXPECT_EQ(get("k", {{"x-amz-checksum-mode", "enabled"}}).header(header), good);
    EXPECT_EQ(put("k", "abd", {{header, good}}).outcome(), "400 BadDigest") << header;
    EXPECT_EQ(put("k", "abc", {{header, "bad"}}).outcome(), "400 BadDigest") << header;
  }
  EXPECT_EQ(get("k").body, "abc");
}

TEST_F(ObjectBench, ARefusedBodyLeavesNothing) {
  EXPECT_EQ(
      put("k", kLarge, {{"Content-MD5", codec::base64_encode(crypto::md5("other"))}}).outcome(),
      "400 BadDigest");
  EXPECT_EQ(get("k").outcome(), "404 NoSuchKey");
  EXPECT_EQ(blobs_.count_for_test(), 0U);
}

TEST_F(ObjectBench, AnswersRanges) {
  put("k", std::string(40, 'a') + std::string(60, 'b'));
  struct Case {
    const char* range;
    const char* outcome;
    std::size_t size;
    const char* content_range;
  };
  for (const Case& c : {
           Case{"bytes=0-9", "206", 10, "bytes 0-9/100"},
           Case{"bytes=90-", "206", 10, "bytes 90-99/100"},
           Case{"bytes=-101", "206", 100, "bytes 0-99/100"},
           Case{"bytes=0-18446744073709551615", "206", 100, "bytes 0-99/100"},
           Case{"bytes=10-5", "200", 100, "(none)"},
           Case{"bytes=0--1", "200", 100, "(none)"},
           Case{"bytes=0-1,4-5", "200", 100, "(none)"},
       }) {
    const Reply got = get("k", {{"Range", c.range}, {"x-amz-checksum-mode", "ENABLED"}});
    EXPECT_EQ(got.outcome(), c.outcome) << c.range;
    EXPECT_EQ(got.body.size(), c.size) << c.range;
    EXPECT_EQ(got.header("Content-Range"), c.content_range);
    EXPECT_EQ(got.headers.has("x-amz-checksum-crc64nvme"), got.status == 200) << c.range;
  }
  for (const char* range : {"bytes=100-100", "bytes=-0"}) {
    const Reply got = get("k", {{"Range", range}});
    EXPECT_EQ(got.outcome(), "416 InvalidRange") << range;
    EXPECT_EQ(got.text("ActualObjectSize"), "100");
    EXPECT_EQ(got.text("RangeRequested"), range);
  }
  put("empty", "");
  EXPECT_EQ(get("empty", {{"Range", "bytes=40-50"}}).outcome(), "416 InvalidRange");
}

TEST_F(ObjectBench, AnswersConditionsOnReads) {
  const std::string etag = put("k", "v").header("ETag");
  EXPECT_EQ(get("k", {{"If-Match", etag}}).outcome(), "200");
  EXPECT_EQ(get("k", {{"If-Match", "\"ABCORZ\""}}).outcome(), "412 PreconditionFailed");
  const Reply not_modified = get("k", {{"If-None-Match", etag}});
  EXPECT_EQ(not_modified.outcome(), "304");
  EXPECT_EQ(not_modified.header("ETag"), etag);
  EXPECT_EQ(not_modified.body, "");
  EXPECT_EQ(get("k", {{"If-Unmodified-Since", "Sat, 29 Oct 1994 19:43:31 GMT"}}).outcome(),
            "412 PreconditionFailed");
  EXPECT_EQ(get("k", {{"If-Modified-Since", "Sat, 29 Oct 1994 19:43:31 GMT"}}).outcome(), "200");
  EXPECT_EQ(get("k", {{"Range", "bytes=0-0"}, {"If-Range", "\"other\""}}).outcome(), "200");
  EXPECT_EQ(get("k", {{"Range", "bytes=0-0"}, {"If-Range", etag}}).outcome(), "206");
}

TEST_F(ObjectBench, HoldsConditionsOnWrites) {
  EXPECT_EQ(put("k", "1", {{"If-Match", "*"}}).outcome(), "404 NoSuchKey");
  const std::string etag = put("k", "1", {{"If-None-Match", "*"}}).header("ETag");
  EXPECT_EQ(put("k", "2", {{"If-None-Match", "*"}}).outcome(), "412 PreconditionFailed");
  EXPECT_EQ(put("k", "2", {{"If-Match", "bad"}}).outcome(), "412 PreconditionFailed");
  EXPECT_EQ(put("k", "2", {{"If-Match", etag}}).outcome(), "200");
}

TEST_F(ObjectBench, OverridesResponseHeaders) {
  put("k", "v", {{"Content-Type", "a/b"}, {"Content-Encoding", "gzip, aws-chunked"}});
  EXPECT_EQ(get("k").header("Content-Encoding"), "gzip");
  const Reply got = get("k?response-content-type=foo%2Fbar&response-cache-control=no-cache");
  EXPECT_EQ(got.header("Content-Type"), "foo/bar");
  EXPECT_EQ(got.header("Cache-Control"), "no-cache");
}

TEST_F(ObjectBench, JudgesVersionsAndPartNumbers) {
  put("k", "v");
  EXPECT_EQ(get("k?versionId=null").outcome(), "200");
  EXPECT_EQ(get("k?versionId=").outcome(), "400 InvalidArgument");
  EXPECT_EQ(get("k?versionId=v1").outcome(), "400 InvalidArgument");
  EXPECT_EQ(get("k?versionId=3HL4kqtJlcpXroDTDmjVBH40Nrjfkd._").outcome(), "404 NoSuchVersion");
  EXPECT_EQ(get("k?partNumber=1").body, "v");
  EXPECT_EQ(get("k?partNumber=2").outcome(), "416 InvalidPartNumber");
  EXPECT_EQ(get("k?partNumber=0").outcome(), "400 InvalidArgument");
  EXPECT_EQ(get("k?partNumber=10001").outcome(), "400 InvalidArgument");
  EXPECT_EQ(get("k?partNumber=1", {{"Range", "bytes=0-0"}}).outcome(), "400 InvalidRequest");
}

TEST_F(ObjectBench, TellsAttributes) {
  put("k", "foo");
  const Reply got =
      get("k?attributes",
          {{"x-amz-object-attributes", "ETag,Checksum, ObjectParts,StorageClass,ObjectSize"}});
  ASSERT_EQ(got.outcome(), "200") << got.body;
  EXPECT_EQ(got.text("ETag"), codec::hex_encode(crypto::md5("foo")));
  EXPECT_EQ(got.text("StorageClass"), "STANDARD");
  EXPECT_EQ(got.text("ObjectSize"), "3");
  EXPECT_EQ(got.xml().child("ObjectParts"), nullptr);
  ASSERT_NE(got.xml().child("Checksum"), nullptr);
  EXPECT_EQ(get("k?attributes", {{"x-amz-object-attributes", "nope"}}).outcome(),
            "400 InvalidArgument");
  EXPECT_EQ(get("k?attributes").outcome(), "400 InvalidArgument");
}

TEST_F(ObjectBench, DeletesOneUnderConditions) {
  const std::string etag = put("k", "v").header("ETag");
  EXPECT_EQ(request("DELETE", "/bkt/k", "", {{"If-Match", "bad"}}).outcome(),
            "412 PreconditionFailed");
  EXPECT_EQ(request("DELETE", "/bkt/k", "", {{"x-amz-if-match-size", "9"}}).outcome(),
            "412 PreconditionFailed");
  EXPECT_EQ(request("DELETE", "/bkt/k", "", {{"If-Match", etag}}).outcome(), "204");
  EXPECT_EQ(request("DELETE", "/bkt/k", "", {{"If-Match", etag}}).outcome(), "204");
  EXPECT_EQ(get("k").outcome(), "404 NoSuchKey");
}

TEST_F(ObjectBench, DeletesManyAndReportsEach) {
  std::string items;
  for (int i = 0; i < 100; ++i) {
    const std::string key = "k" + std::to_string(i);
    put(key, "v");
    items += "<Object><Key>" + key + "</Key></Object>";
  }
  items += "<Object><Key>../x</Key></Object>";
  items += "<Object><Key>" + std::string(1025, 'x') + "</Key></Object>";
  const std::string document = "<Delete>" + items + "</Delete>";
  EXPECT_EQ(request("POST", "/bkt?delete", document).outcome(), "400 InvalidRequest");
  const Reply reply = request("POST", "/bkt?delete", document,
                              {{"Content-MD5", codec::base64_encode(crypto::md5(document))}});
  ASSERT_EQ(reply.outcome(), "200") << reply.body;
  std::string errors;
  std::size_t deleted = 0;
  for (const auto& child : reply.xml().children) {
    if (child.name == "Deleted") ++deleted;
    if (child.name == "Error") errors += std::string(child.child_text("Code")) + " ";
  }
  EXPECT_EQ(deleted, 100U);
  EXPECT_EQ(errors, "InvalidURI KeyTooLongError ");
  EXPECT_EQ(get("k7").outcome(), "404 NoSuchKey");
}

TEST_F(ObjectBench, CopiesWithOrWithoutMetadata) {
  put("src", kLarge,
      {{"Content-Type", "audio/ogg"},
       {"x-amz-meta-key1", "value1"},
       {"x-amz-tagging", "a=1"},
       {"x-amz-checksum-sha256", digest_text(crypto::Algorithm::kSha256, kLarge)}});
  const Reply copy = put("dst", "", {{"x-amz-copy-source", "/bkt/src"}});
  ASSERT_EQ(copy.outcome(), "200") << copy.body;
  EXPECT_EQ(copy.text("ETag"), "\"" + codec::hex_encode(crypto::md5(kLarge)) + "\"");
  EXPECT_EQ(copy.text("ChecksumSHA256"), digest_text(crypto::Algorithm::kSha256, kLarge));
  Reply got = get("dst");
  EXPECT_EQ(got.body, kLarge);
  EXPECT_EQ(got.header("Content-Type"), "audio/ogg");
  EXPECT_EQ(got.header("x-amz-meta-key1"), "value1");
  EXPECT_EQ(got.header("x-amz-tagging-count"), "1");

  const Reply replaced = put("dst", "",
                             {{"x-amz-copy-source", "bkt/src"},
                              {"x-amz-metadata-directive", "REPLACE"},
                              {"x-amz-tagging-directive", "REPLACE"},
                              {"x-amz-checksum-algorithm", "CRC32"},
                              {"x-amz-meta-key3", "value3"}});
  ASSERT_EQ(replaced.outcome(), "200") << replaced.body;
  EXPECT_EQ(replaced.text("ChecksumCRC32"), digest_text(crypto::Algorithm::kCrc32, kLarge));
  got = get("dst");
  EXPECT_EQ(got.header("Content-Type"), "binary/octet-stream");
  EXPECT_EQ(got.header("x-amz-meta-key1"), "(none)");
  EXPECT_EQ(got.header("x-amz-meta-key3"), "value3");
  EXPECT_EQ(got.header("x-amz-tagging-count"), "(none)");
}

TEST_F(ObjectBench, RefusesCopies) {
  put("src", "v");
  ASSERT_EQ(request("PUT", "/bobs", "", {}, "AKBOB").outcome(), "200");
  struct Case {
    const char* source;
    HeaderList headers;
    const char* outcome;
  };
  for (const Case& c : {
           Case{"bkt/dst", {}, "404 NoSuchKey"},
           Case{"fake-bucket/src", {}, "404 NoSuchBucket"},
           Case{"bobs/src", {}, "403 AccessDenied"},
           Case{"bkt/src%3FversionId=../../B2/x", {}, "404 NoSuchKey"},
           Case{"bkt/../src", {}, "400 InvalidArgument"},
           Case{"bkt/src", {{"x-amz-metadata-directive", "MOVE"}}, "400 InvalidArgument"},
           Case{"bkt/src", {{"x-amz-copy-source-if-match", "ABCORZ"}}, "412 PreconditionFailed"},
           Case{"bkt/src", {{"x-amz-copy-source-if-none-match", "*"}}, "412 PreconditionFailed"},
       }) {
    HeaderList headers = c.headers;
    headers.emplace_back("x-amz-copy-source", c.source);
    EXPECT_EQ(put("dst", "", headers).outcome(), c.outcome) << c.source;
  }
  EXPECT_EQ(put("src", "", {{"x-amz-copy-source", "bkt/src"}}).outcome(), "400 InvalidRequest");
  EXPECT_EQ(put("src", "",
                {{"x-amz-copy-source", "bkt/src"},
                 {"x-amz-metadata-directive", "REPLACE"},
                 {"x-amz-meta-foo", "bar"}})
                .outcome(),
            "200");
  EXPECT_EQ(get("src").header("x-amz-meta-foo"), "bar");
  EXPECT_EQ(get("dst").outcome(), "404 NoSuchKey");
}

}  // namespace
}  // namespace muzn::s3
