// The seven multipart calls, from the request to the engine and back.
#include "base/limits.h"
#include "unit/s3/object_bench.h"

namespace muzn::s3 {
namespace {

const std::string kFirst(limits::kPartBytesMin, 'A');
const std::string kLast = "the last part may be small";

std::string digest_text(crypto::Algorithm algorithm, std::string_view bytes) {
  return codec::base64_encode(crypto::digest(algorithm, bytes));
}

TEST_F(ObjectBench, UploadsInPartsAndReadsThemBack) {
  const std::string id = start("k", {{"Content-Type", "text/bla"}, {"x-amz-meta-foo", "bar"}});
  const Reply two = put_part(
      "k", id, 2, kLast, {{"x-amz-checksum-crc32", digest_text(crypto::Algorithm::kCrc32, kLast)}});
  const Reply one = put_part("k", id, 1, kFirst);
  ASSERT_EQ(one.outcome(), "200") << one.body;
  ASSERT_EQ(two.outcome(), "200") << two.body;
  EXPECT_EQ(two.header("x-amz-checksum-crc32"), digest_text(crypto::Algorithm::kCrc32, kLast));
  EXPECT_EQ(get("k?partNumber=1").outcome(), "404 NoSuchKey");

  const std::string parts = part_xml(1, one) + part_xml(2, two);
  const Reply done = complete("k", id, parts);
  ASSERT_EQ(done.outcome(), "200") << done.body;
  const std::string etag =
      codec::hex_encode(crypto::md5(crypto::md5(kFirst) + crypto::md5(kLast))) + "-2";
  EXPECT_EQ(done.text("ETag"), "\"" + etag + "\"");
  EXPECT_EQ(done.text("Location"), "http://127.0.0.1:9000/bkt/k");
  EXPECT_EQ(done.text("ChecksumCRC64NVME"),
            digest_text(crypto::Algorithm::kCrc64Nvme, kFirst + kLast));
  EXPECT_EQ(complete("k", id, parts).text("ETag"), done.text("ETag"));

  const Reply whole = get("k");
  EXPECT_EQ(whole.body, kFirst + kLast);
  EXPECT_EQ(whole.header("Content-Type"), "text/bla");
  const Reply second = get("k?partNumber=2", {{"x-amz-checksum-mode", "ENABLED"}});
  EXPECT_EQ(second.outcome(), "206");
  EXPECT_EQ(second.body, kLast);
  EXPECT_EQ(second.header("x-amz-mp-parts-count"), "2");
  EXPECT_EQ(second.header("x-amz-checksum-crc64nvme"),
            digest_text(crypto::Algorithm::kCrc64Nvme, kLast));
  EXPECT_EQ(get("k?partNumber=3").outcome(), "416 InvalidPartNumber");
}

TEST_F(ObjectBench, TellsPartsAsAttributesInPages) {
  const std::string id = start("k");
  const Reply one = put_part("k", id, 1, kFirst);
  const Reply two = put_part("k", id, 2, kLast);
  complete("k", id, part_xml(1, one) + part_xml(2, two));
  const Reply page =
      get("k?attributes", {{"x-amz-object-attributes", "ObjectParts"}, {"x-amz-max-parts", "1"}});
  const auto document = page.xml();
  const codec::XmlNode* const parts = document.child("ObjectParts");
  ASSERT_NE(parts, nullptr) << page.body;
  EXPECT_EQ(parts->child_text("PartsCount"), "2");
  EXPECT_EQ(parts->child_text("IsTruncated"), "true");
  EXPECT_EQ(parts->child_text("NextPartNumberMarker"), "1");
  ASSERT_NE(parts->child("Part"), nullptr);
  EXPECT_EQ(parts->child("Part")->child_text("Size"), std::to_string(kFirst.size()));
}

TEST_F(ObjectBench, KeepsACompositeChecksum) {
  const std::string id = start("k", {{"x-amz-checksum-algorithm", "SHA256"}});
  const std::string part_sum = digest_text(crypto::Algorithm::kSha256, "abc");
  const Reply part = put_part("k", id, 1, "abc", {{"x-amz-checksum-sha256", part_sum}});
  EXPECT_EQ(part.header("x-amz-checksum-sha256"), part_sum);
  EXPECT_EQ(put_part("k", id, 2, "abc",
                     {{"x-amz-checksum-sha1", digest_text(crypto::Algorithm::kSha1, "abc")}})
                .outcome(),
            "400 InvalidRequest");
  const std::string listed = part_xml(1, part, "<ChecksumSHA256>" + part_sum + "</ChecksumSHA256>");
  EXPECT_EQ(complete("k", id, listed, {{"x-amz-checksum-sha256", "bad"}}).outcome(),
            "400 BadDigest");
  EXPECT_EQ(complete("k", id, part_xml(1, part)).outcome(), "400 InvalidRequest");
  EXPECT_EQ(complete("k", id, listed, {{"x-amz-checksum-type", "FULL_OBJECT"}}).outcome(),
            "400 InvalidRequest");
  const std::string sum = digest_text(crypto::Algorithm::kSha256, crypto::sha256("abc")) + "-1";
  const Reply done = complete("k", id, listed, {{"x-amz-checksum-sha256", sum}});
  ASSERT_EQ(done.outcome(), "200") << done.body;
  EXPECT_EQ(done.text("ChecksumSHA256"), sum);
  EXPECT_EQ(done.text("ChecksumType"), "COMPOSITE");
  const Reply first = get("k?partNumber=1", {{"x-amz-checksum-mode", "ENABLED"}});
  EXPECT_EQ(first.header("x-amz-checksum-sha256"), part_sum);
  EXPECT_EQ(first.header("x-amz-checksum-type"), "COMPOSITE");
}

TEST_F(ObjectBench, JudgesChecksumChoices) {
  const auto outcome = [this](const HeaderList& headers) {
    return request("POST", "/bkt/k?uploads", "", headers).outcome();
  };
  EXPECT_EQ(outcome({{"x-amz-checksum-algorithm", "FOO"}}), "400 InvalidRequest");
  EXPECT_EQ(outcome({{"x-amz-checksum-type", "COMPOSITE"}}), "400 InvalidRequest");
  EXPECT_EQ(outcome({{"x-amz-checksum-algorithm", "SHA1"}, {"x-amz-checksum-type", "FULL_OBJECT"}}),
            "400 InvalidRequest");
  EXPECT_EQ(
      outcome({{"x-amz-checksum-algorithm", "CRC64NVME"}, {"x-amz-checksum-type", "COMPOSITE"}}),
      "400 InvalidRequest");
  const Reply good =
      request("POST", "/bkt/k?uploads", "",
              {{"x-amz-checksum-algorithm", "crc32"}, {"x-amz-checksum-type", "FULL_OBJECT"}});
  EXPECT_EQ(good.header("x-amz-checksum-algorithm"), "CRC32");
  EXPECT_EQ(good.header("x-amz-checksum-type"), "FULL_OBJECT");
}

TEST_F(ObjectBench, RefusesBadCompletes) {
  const std::string id = start("k");
  const Reply one = put_part("k", id, 1, "small");
  const Reply two = put_part("k", id, 2, "small");
  EXPECT_EQ(request("POST", "/bkt/k?uploadId=" + id).outcome(), "400 MalformedXML");
  EXPECT_EQ(complete("k", id, part_xml(9999, one)).outcome(), "400 InvalidPart");
  EXPECT_EQ(complete("k", id, part_xml(2, two) + part_xml(1, one)).outcome(),
            "400 InvalidPartOrder");
  EXPECT_EQ(complete("k", id, part_xml(1, one) + part_xml(2, two)).outcome(), "400 EntityTooSmall");
  EXPECT_EQ(complete("k", id, part_xml(1, one), {{"x-amz-mp-object-size", "4"}}).outcome(),
            "400 InvalidRequest");
  EXPECT_EQ(complete("k", "abc1234def", part_xml(1, one)).outcome(), "404 NoSuchUpload");
  EXPECT_EQ(complete("other", id, part_xml(1, one)).outcome(), "404 NoSuchUpload");
  EXPECT_EQ(complete("k", id, part_xml(1, one), {{"If-Match", "*"}}).outcome(), "404 NoSuchKey");
  put("k", "there");
  EXPECT_EQ(complete("k", id, part_xml(1, one), {{"If-None-Match", "*"}}).outcome(),
            "412 PreconditionFailed");
}

TEST_F(ObjectBench, RefusesBadParts) {
  const std::string id = start("k");
  for (const char* number : {"0", "10001", "-1", "abc"}) {
    EXPECT_EQ(request("PUT", "/bkt/k?partNumber=" + std::string(number) + "&uploadId=" + id, "x")
                  .outcome(),
              "400 InvalidArgument")
        << number;
  }
  EXPECT_EQ(request("DELETE", "/bkt/k?uploadId=" + id).outcome(), "204");
  EXPECT_EQ(put_part("k", id, 1, "x").outcome(), "404 NoSuchUpload");
  EXPECT_EQ(request("DELETE", "/bkt/k?uploadId=56788").outcome(), "404 NoSuchUpload");
}

TEST_F(ObjectBench, CopiesParts) {
  put("src", "0123456789", {{"x-amz-storage-class", "STANDARD_IA"}});
  const std::string id = start("k");
  const Reply range = put_part(
      "k", id, 1, "", {{"x-amz-copy-source", "bkt/src"}, {"x-amz-copy-source-range", "bytes=2-4"}});
  ASSERT_EQ(range.outcome(), "200") << range.body;
  EXPECT_EQ(range.text("ETag"), "\"" + codec::hex_encode(crypto::md5("234")) + "\"");
  EXPECT_EQ(put_part("k", id, 1, "",
                     {{"x-amz-copy-source", "bkt/src"}, {"x-amz-copy-source-range", "bytes=0-21"}})
                .outcome(),
            "416 InvalidRange");
  EXPECT_EQ(put_part("k", id, 1, "",
                     {{"x-amz-copy-source", "bkt/src"}, {"x-amz-copy-source-range", "bytes=0"}})
                .outcome(),
            "400 InvalidArgument");
  const Reply whole = put_part("k", id, 1, "", {{"x-amz-copy-source", "bkt/src"}});
  ASSERT_EQ(whole.outcome(), "200") << whole.body;
  const std::string part = "<Part><PartNumber>1</PartNumber><ETag>" +
                           codec::xml_escape(whole.text("ETag")) + "</ETag></Part>";
  ASSERT_EQ(complete("k", id, part).outcome(), "200");
  EXPECT_EQ(get("k").body, "0123456789");
}

TEST_F(ObjectBench, ListsPartsAndUploads) {
  const std::string id = start("dir/a%20b");
  put_part("dir/a%20b", id, 1, "x");
  put_part("dir/a%20b", id, 3, "y");
  const Reply parts = get("dir/a%20b?uploadId=" + id + "&max-parts=1");
  EXPECT_EQ(parts.text("IsTruncated"), "true") << parts.body;
  EXPECT_EQ(parts.text("NextPartNumberMarker"), "1");
  const auto parts_document = parts.xml();
  ASSERT_NE(parts_document.child("Owner"), nullptr);
  EXPECT_EQ(parts_document.child("Owner")->child_text("ID"), "canonical-alice");
  EXPECT_EQ(parts_document.child("Initiator")->child_text("DisplayName"), "alice");
  EXPECT_EQ(get("dir/a%20b?uploadId=" + id + "&max-parts=-1").outcome(), "400 InvalidArgument");

  const Reply uploads = request("GET", "/bkt?uploads&encoding-type=url");
  const auto uploads_document = uploads.xml();
  ASSERT_NE(uploads_document.child("Upload"), nullptr) << uploads.body;
  EXPECT_EQ(uploads_document.child("Upload")->child_text("Key"), "dir/a%20b");
  EXPECT_EQ(uploads_document.child("Upload")->child_text("UploadId"), id);
  const auto folded = request("GET", "/bkt?uploads&delimiter=/").xml();
  ASSERT_NE(folded.child("CommonPrefixes"), nullptr);
  EXPECT_EQ(request("GET", "/bkt?uploads&max-uploads=-1").outcome(), "400 InvalidArgument");
}

}  // namespace
}  // namespace muzn::s3
