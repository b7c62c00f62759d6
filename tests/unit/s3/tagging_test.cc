// Tag sets of objects and buckets: their document, their rules, and the calls.
#include "s3/tagging_xml.h"

#include "unit/s3/object_bench.h"

namespace muzn::s3 {
namespace {

std::string tagging(std::string_view inner) {
  return "<Tagging xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><TagSet>" +
         std::string(inner) + "</TagSet></Tagging>";
}
std::string tag(std::string_view key, std::string_view value) {
  return "<Tag><Key>" + std::string(key) + "</Key><Value>" + std::string(value) + "</Value></Tag>";
}
std::string numbered(int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += tag("k" + std::to_string(i), "v");
  return out;
}

TEST(TaggingXml, ReadsAndWritesTheSame) {
  const auto tags =
      parse_tagging_document(tagging(tag("b", " a+-=._:/@") + tag("a", "")), kObjectTagsMax);
  ASSERT_TRUE(tags);
  EXPECT_EQ(*tags, (object::Pairs{{"b", " a+-=._:/@"}, {"a", ""}}));
  const std::string document = tagging_document(*tags);
  EXPECT_NE(document.find(tagging(tag("a", "") + tag("b", " a+-=._:/@"))), std::string::npos)
      << document;
  EXPECT_EQ(parse_tagging_document(tagging(""), kObjectTagsMax), object::Pairs{});
}

TEST(TaggingXml, RefusesOtherDocuments) {
  for (const std::string& document :
       {std::string(), std::string("<x/>"), std::string("<Tagging/>"),
        std::string("<Tagging><TagSet/><TagSet/></Tagging>"),
        std::string("<TagSet>" + tag("a", "b") + "</TagSet>"), tagging("<Other/>"),
        tagging("<Tag/>"), tagging("<Tag><Key>a</Key></Tag>"),
        tagging("<Tag><Value>a</Value></Tag>"), tagging("<Tag><Key>a</Key><Key>b</Key></Tag>"),
        tagging("<Tag><Key>a</Key><Value>b</Value><Value>c</Value></Tag>"),
        tagging("<Tag><Key><x/></Key><Value>b</Value></Tag>")}) {
    const auto refused = parse_tagging_document(document, kObjectTagsMax);
    ASSERT_FALSE(refused) << document;
    EXPECT_EQ(refused.error().code, ErrorCode::kMalformedXML) << document;
  }
}

TEST(TaggingXml, TheRulesOfTags) {
  const std::string longest_key(kTagKeyChars, 'k');
  std::string umlauts;
  for (std::size_t i = 0; i < kTagValueChars; ++i) umlauts += "\u00e4";
  EXPECT_TRUE(check_tags({{longest_key, umlauts}}, 1));
  for (const object::Pairs& tags : {
           object::Pairs{{longest_key + "k", ""}},
           object::Pairs{{"k", umlauts + "x"}},
           object::Pairs{{"", "v"}},
           object::Pairs{{"a", "1"}, {"a", "2"}},
           object::Pairs{{"aws:x", "v"}},
           object::Pairs{{"AWS:x", "v"}},
           object::Pairs{{"a", "v;"}},
           object::Pairs{{"a\n", "v"}},
           object::Pairs{{"a", "1"}, {"b", "2"}, {"c", "3"}},
       }) {
    const auto refused = check_tags(tags, 2);
    ASSERT_FALSE(refused) << tags.front().first;
    EXPECT_EQ(refused.error().code, ErrorCode::kInvalidTag);
  }
}

class TaggingTest : public ObjectBench {
 protected:
  Reply set(const std::string& target, const std::string& document) {
    return request("PUT", target + "?tagging", document,
                   {{"Content-MD5", codec::base64_encode(crypto::md5(document))}});
  }
  std::string shown(const std::string& target) {
    const Reply reply = request("GET", target + "?tagging");
    if (reply.status != 200) return reply.outcome();
    std::string out;
    for (const auto& one : reply.xml().child("TagSet")->children) {
      out.append(one.child_text("Key")).append("=").append(one.child_text("Value")).append(" ");
    }
    return out;
  }
};

TEST_F(TaggingTest, OfAnObject) {
  EXPECT_EQ(shown("/bkt/k"), "404 NoSuchKey");
  EXPECT_EQ(set("/bkt/k", tagging("")).outcome(), "404 NoSuchKey");
  EXPECT_EQ(request("DELETE", "/bkt/k?tagging").outcome(), "404 NoSuchKey");
  put("k", "body", {{"x-amz-tagging", "foo=bar&bar"}});
  EXPECT_EQ(shown("/bkt/k"), "bar= foo=bar ");
  const Reply before = request("HEAD", "/bkt/k");
  EXPECT_EQ(set("/bkt/k", tagging(numbered(10))).outcome(), "200");
  EXPECT_EQ(request("HEAD", "/bkt/k").header("x-amz-tagging-count"), "10");
  EXPECT_EQ(request("HEAD", "/bkt/k").header("Last-Modified"), before.header("Last-Modified"));
  EXPECT_EQ(set("/bkt/k", tagging(numbered(11))).outcome(), "400 InvalidTag");
  EXPECT_EQ(set("/bkt/k", "<Tagging/>").outcome(), "400 MalformedXML");
  EXPECT_EQ(request("PUT", "/bkt/k?tagging", tagging(tag("a", "b"))).outcome(),
            "400 InvalidRequest")
      << "without a checksum";
  EXPECT_EQ(request("HEAD", "/bkt/k").header("x-amz-tagging-count"), "10");
  EXPECT_EQ(request("DELETE", "/bkt/k?tagging&versionId=null").outcome(), "204");
  EXPECT_EQ(shown("/bkt/k"), "");
  EXPECT_EQ(request("GET", "/bkt/k?tagging&versionId=3HL4kqtJlcpXroDTDmjVBH40Nrjfkd._").outcome(),
            "404 NoSuchVersion");
  EXPECT_EQ(get("k").body, "body");
}

TEST_F(TaggingTest, OfABucket) {
  EXPECT_EQ(shown("/bkt"), "404 NoSuchTagSet");
  EXPECT_EQ(request("DELETE", "/bkt?tagging").outcome(), "204");
  EXPECT_EQ(set("/bkt", tagging(tag("b", "2") + tag("a", "1"))).outcome(), "204");
  EXPECT_EQ(shown("/bkt"), "a=1 b=2 ");
  EXPECT_EQ(set("/bkt", tagging(numbered(51))).outcome(), "400 InvalidTag");
  EXPECT_EQ(set("/bkt", tagging(numbered(50))).outcome(), "204");
  EXPECT_EQ(request("DELETE", "/bkt?tagging").outcome(), "204");
  EXPECT_EQ(shown("/bkt"), "404 NoSuchTagSet");
  EXPECT_EQ(set("/bkt", tagging(tag("a", "1"))).outcome(), "204");
  EXPECT_EQ(set("/bkt", tagging("")).outcome(), "204");
  EXPECT_EQ(shown("/bkt"), "404 NoSuchTagSet");
}

TEST_F(TaggingTest, OfABucketFromItsCreation) {
  const auto with = [](const std::string& tags) {
    return "<CreateBucketConfiguration><Tags>" + tags + "</Tags></CreateBucketConfiguration>";
  };
  EXPECT_EQ(request("PUT", "/new", with(tag("a", "1"))).outcome(), "200");
  EXPECT_EQ(shown("/new"), "a=1 ");
  EXPECT_EQ(request("PUT", "/new", with(tag("b", "2"))).outcome(), "200") << "as in us-east-1";
  EXPECT_EQ(shown("/new"), "a=1 ");
  EXPECT_EQ(request("PUT", "/bad", with(tag("aws:a", "1"))).outcome(), "400 InvalidTag");
  EXPECT_EQ(request("HEAD", "/bad").status, 404);
  EXPECT_EQ(request("PUT", "/none", with("")).outcome(), "200");
  EXPECT_EQ(shown("/none"), "404 NoSuchTagSet");
}

TEST_F(TaggingTest, CopiesTakeTheTagsOrGiveOthers) {
  put("k", "body", {{"x-amz-tagging", "a=1"}});
  const std::string source = "/bkt/k";
  request("PUT", "/bkt/kept", "", {{"x-amz-copy-source", source}, {"x-amz-tagging", "b=2"}});
  EXPECT_EQ(shown("/bkt/kept"), "a=1 ");
  request("PUT", "/bkt/other", "",
          {{"x-amz-copy-source", source},
           {"x-amz-tagging", "b=2"},
           {"x-amz-tagging-directive", "REPLACE"}});
  EXPECT_EQ(shown("/bkt/other"), "b=2 ");
  request("PUT", "/bkt/none", "",
          {{"x-amz-copy-source", source}, {"x-amz-tagging-directive", "REPLACE"}});
  EXPECT_EQ(shown("/bkt/none"), "");
  EXPECT_EQ(request("PUT", "/bkt/bad", "",
                    {{"x-amz-copy-source", source}, {"x-amz-tagging-directive", "MERGE"}})
                .outcome(),
            "400 InvalidArgument");
}

}  // namespace
}  // namespace muzn::s3
