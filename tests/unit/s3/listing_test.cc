#include "s3/listing.h"

#include "unit/s3/bench.h"

namespace muzn::s3 {
namespace {

class ListingTest : public Bench {
 protected:
  ListingTest() {
    send({.method = "PUT", .target = "/photos"});
    send({.method = "PUT", .target = "/other"});
    for (const std::string_view key :
         {"asdf", "boo/bar", "boo/baz/xyzzy", "cquux/bla", "cquux/x"}) {
      store.add_object("photos", std::string(key));
    }
  }
  static std::string keys(const codec::XmlNode& list) { return texts(list, "Contents", "Key"); }
  static std::string prefixes(const codec::XmlNode& list) {
    return texts(list, "CommonPrefixes", "Prefix");
  }
};

TEST_F(ListingTest, DocumentOfVersionTwo) {
  object::Version version;
  version.size = 5;
  version.checksum = object::Checksum{.algorithm = crypto::Algorithm::kCrc32, .value = "1234"};
  store.objects["other"].clear();
  store.add_object("other", "a&\t", version);
  EXPECT_EQ(get("/other?list-type=2&fetch-owner=true&start-after=").body,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
            "<Name>other</Name><Prefix></Prefix><StartAfter></StartAfter><KeyCount>1</KeyCount>"
            "<MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated>"
            "<Contents><Key>a&amp;&#x9;</Key><LastModified>2026-11-22T14:06:40.000Z</LastModified>"
            "<ETag>&quot;d41d8cd98f00b204e9800998ecf8427e&quot;</ETag>"
            "<ChecksumAlgorithm>CRC32</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType>"
            "<Size>5</Size><StorageClass>STANDARD</StorageClass>"
            "<Owner><ID>canonical-alice</ID><DisplayName>alice</DisplayName></Owner></Contents>"
            "</ListBucketResult>");
}

TEST_F(ListingTest, NoKeyIsUrlEncodedUnasked) {
  store.objects["other"].clear();
  store.add_object("other", "a%/\x01", {});
  for (const std::string_view query : {"list-type=2", "prefix=a", "versions"}) {
    const std::string body = get("/other?" + std::string(query)).body;
    EXPECT_TRUE(body.contains("<Key>a%/&#x1;</Key>")) << body;
    EXPECT_FALSE(body.contains("EncodingType")) << body;
    const codec::XmlNode asked = document(get("/other?encoding-type=url&" + std::string(query)));
    EXPECT_EQ(asked.child_text("EncodingType"), "url");
    EXPECT_EQ(asked.child(query == "versions" ? "Version" : "Contents")->child_text("Key"),
              "a%25/%01");
  }
}

TEST_F(ListingTest, MarkersOfVersionOne) {
  const codec::XmlNode all = document(get("/photos"));
  EXPECT_EQ(keys(all), "asdf boo/bar boo/baz/xyzzy cquux/bla cquux/x");
  EXPECT_EQ(all.child_text("Marker"), "");
  EXPECT_EQ(all.child_text("MaxKeys"), "1000");
  EXPECT_EQ(all.child("Delimiter"), nullptr);
  EXPECT_NE(all.children.back().child("Owner"), nullptr);

  // NextMarker only with a delimiter.
  EXPECT_EQ(document(get("/photos?max-keys=1")).child("NextMarker"), nullptr);
  const codec::XmlNode first = document(get("/photos?delimiter=/&max-keys=2"));
  EXPECT_EQ(keys(first) + "|" + prefixes(first), "asdf|boo/");
  EXPECT_EQ(first.child_text("IsTruncated"), "true");
  EXPECT_EQ(first.child_text("NextMarker"), "boo/");
  const codec::XmlNode second = document(get("/photos?delimiter=/&max-keys=2&marker=boo/"));
  EXPECT_EQ(keys(second) + "|" + prefixes(second), "|cquux/");
  EXPECT_EQ(second.child("NextMarker"), nullptr);
}

TEST_F(ListingTest, TokensOfVersionTwo) {
  const codec::XmlNode first = document(get("/photos?list-type=2&max-keys=2"));
  const std::string token(first.child_text("NextContinuationToken"));
  EXPECT_EQ(first.child_text("KeyCount"), "2");
  EXPECT_EQ(first.children.back().child("Owner"), nullptr);
  const codec::XmlNode second =
      document(get("/photos?list-type=2&start-after=a&continuation-token=" + token));
  EXPECT_EQ(keys(second), "boo/baz/xyzzy cquux/bla cquux/x");
  EXPECT_EQ(second.child_text("ContinuationToken"), token);
  EXPECT_EQ(second.child_text("StartAfter"), "a");
  EXPECT_EQ(second.child("NextContinuationToken"), nullptr);

  EXPECT_EQ(outcome(get("/other?list-type=2&continuation-token=" + token)), "400 InvalidArgument");
  EXPECT_EQ(outcome(get("/photos?list-type=2&continuation-token=garbage")), "400 InvalidArgument");
  const codec::XmlNode empty = document(get("/photos?list-type=2&continuation-token="));
  EXPECT_EQ(keys(empty), keys(document(get("/photos"))));
  EXPECT_NE(empty.child("ContinuationToken"), nullptr);
}

TEST_F(ListingTest, MaxKeys) {
  const codec::XmlNode none = document(get("/photos?max-keys=0"));
  EXPECT_EQ(keys(none), "");
  EXPECT_EQ(none.child_text("IsTruncated"), "false");
  EXPECT_EQ(none.child_text("MaxKeys"), "0");
  EXPECT_EQ(document(get("/photos?max-keys=5000")).child_text("MaxKeys"), "1000");
  for (const std::string_view bad : {"blah", "-1", "2147483648", "1x", "%0a", "1.5"}) {
    EXPECT_EQ(outcome(get("/photos?max-keys=" + std::string(bad))), "400 InvalidArgument") << bad;
    EXPECT_EQ(outcome(get("/photos?list-type=2&max-keys=" + std::string(bad))),
              "400 InvalidArgument");
    EXPECT_EQ(outcome(get("/photos?versions&max-keys=" + std::string(bad))), "400 InvalidArgument");
  }
}

TEST_F(ListingTest, UrlEncoding) {
  store.objects["photos"].clear();
  for (const std::string_view key :
       {"foo+1/bar", "foo/bar/xyzzy", "quux ab/thud", "asdf+b", "\n"}) {
    store.add_object("photos", std::string(key));
  }
  const codec::XmlNode list = document(get("/photos?delimiter=/&encoding-type=url"));
  EXPECT_EQ(list.child_text("Delimiter"), "/");
  EXPECT_EQ(list.child_text("EncodingType"), "url");
  EXPECT_EQ(keys(list), "%0A asdf%2Bb");
  EXPECT_EQ(prefixes(list), "foo%2B1/ foo/ quux%20ab/");
  EXPECT_EQ(outcome(get("/photos?encoding-type=foo")), "400 InvalidArgument");
  EXPECT_EQ(document(get("/photos?prefix=%0a")).child_text("Prefix"), "\n");
  EXPECT_EQ(document(get("/photos?prefix=%0a&encoding-type=url")).child_text("Prefix"), "%0A");
}

TEST_F(ListingTest, Versions) {
  const codec::XmlNode list = document(get("/photos?versions&max-keys=2"));
  EXPECT_EQ(list.name, "ListVersionsResult");
  EXPECT_EQ(texts(list, "Version", "Key"), "asdf boo/bar");
  EXPECT_EQ(texts(list, "Version", "VersionId"), "null null");
  EXPECT_EQ(texts(list, "Version", "IsLatest"), "true true");
  EXPECT_EQ(list.child_text("NextKeyMarker"), "boo/bar");
  EXPECT_EQ(list.child_text("NextVersionIdMarker"), "null");
  EXPECT_EQ(outcome(get("/photos?versions&version-id-marker=null")), "400 InvalidArgument");
  object::Version marker;
  marker.delete_marker = true;
  marker.version_id = "v1";
  store.add_object("photos", "asdf", marker);
  const codec::XmlNode marked = document(get("/photos?versions"));
  EXPECT_EQ(texts(marked, "DeleteMarker", "VersionId"), "v1");
  EXPECT_EQ(marked.child("DeleteMarker")->child("ETag"), nullptr);
}

}  // namespace
}  // namespace muzn::s3
