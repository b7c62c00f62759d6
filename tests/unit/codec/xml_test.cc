#include "codec/xml.h"

#include <gtest/gtest.h>

namespace muzn::codec {
namespace {

Code error_of(std::string_view document) {
  const auto parsed = parse_xml(document);
  EXPECT_FALSE(parsed.has_value()) << document;
  return parsed ? Code::kInternal : parsed.error().code;
}

TEST(XmlParse, DeleteObjects) {
  const XmlNode root = parse_xml(R"(<?xml version="1.0" encoding="UTF-8"?>
<!-- a comment -->
<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
  <Object><Key>a &amp; b &#x3c;&#60;</Key></Object>
  <Object><Key> </Key><VersionId>null</VersionId></Object>
  <Quiet>true</Quiet>
</Delete>
)")
                           .value();
  EXPECT_EQ(root.name, "Delete");
  ASSERT_EQ(root.children.size(), 3U);
  EXPECT_EQ(root.children[0].child_text("Key"), "a & b <<");
  EXPECT_EQ(root.children[1].child_text("Key"), " ");
  EXPECT_EQ(root.children[1].child_text("VersionId"), "null");
  EXPECT_EQ(root.child_text("Quiet"), "true");
  EXPECT_EQ(root.child_text("Loud"), "");
  EXPECT_EQ(root.child("Loud"), nullptr);
  EXPECT_EQ(root.child("Object"), &root.children[0]);
  ASSERT_EQ(root.attributes.size(), 1U);
  EXPECT_EQ(root.attributes[0].first, "xmlns");
}

TEST(XmlParse, PrefixesAreCutFromElementsOnly) {
  const XmlNode root = parse_xml("<s3:A xsi:type='Group' b=\"1\"><x:B/></s3:A>").value();
  EXPECT_EQ(root.name, "A");
  EXPECT_EQ(root.children.at(0).name, "B");
  EXPECT_EQ(root.attributes.at(0), std::make_pair(std::string("xsi:type"), std::string("Group")));
  EXPECT_EQ(root.attributes.at(1).second, "1");
}

TEST(XmlParse, TextIsConcatenated) {
  EXPECT_EQ(parse_xml("<a>1<!-- 2 -->3<![CDATA[<4>&amp;]]><b>x</b>5<?pi x?>6</a>").value().text,
            "13<4>&amp;56");
  EXPECT_EQ(parse_xml("<a>\r\nx\ry&#13;&#xA;</a>").value().text, "\nx\ny\r\n");
  EXPECT_EQ(parse_xml("<a b='1\n2&#10;'/>").value().attributes.at(0).second, "1 2\n");
  EXPECT_EQ(parse_xml("<a>\xF0\x9F\x98\x80&#x1F600;&#x1;</a>").value().text,
            "\xF0\x9F\x98\x80\xF0\x9F\x98\x80\x01");
}

TEST(XmlParse, TakesMarkAndDeclarations) {
  for (const char* text :
       {"\xEF\xBB\xBF<a/>", "<?xml version='1.0'?><a/>",
        "<?xml version=\"1.0\" encoding='utf-8'?><a/>",
        "<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>\n<a/>\n<!-- end -->\n", "<a />",
        "<a\n></a\n>", "<?style x?><a/>"}) {
    EXPECT_TRUE(parse_xml(text).has_value()) << text;
  }
}

TEST(XmlParse, RefusesWhatIsNotWellFormed) {
  for (const char* text : {
           "",
           " ",
           "x",
           "<",
           "<a",
           "<a>",
           "</a>",
           "<a></b>",
           "<a><b></a></b>",
           "<a/><b/>",
           "<a/>x",
           "x<a/>",
           "<a/><",
           "<a/>\x01",
           "<1/>",
           "<-a/>",
           "< a/>",
           "<a b/>",
           "<a b=1/>",
           "<a b='1/>",
           "<a b='<'/>",
           "<a b='1' b='2'/>",
           "<a b='1'c='2'/>",
           "<a / >",
           "<a:/>",
           "<:a/>",
           "<a:b:c/>",
           "<a>]]></a>",
           "<a><!-- -- --></a>",
           "<a><!-- --->",
           "<a><!-- x</a>",
           "<a><![CDATA[x</a>",
           "<![CDATA[x]]><a/>",
           "<a/><![CDATA[x]]>",
           "<a><?x</a>",
           "<a><?xml version='1.0'?></a>",
           " <?xml version='1.0'?><a/>",
           "<?xml?><a/>",
           "<?xml encoding='UTF-8'?><a/>",
           "<?xml version='2.0'?><a/>",
           "<?xml version='1.0' encoding='UTF-16'?><a/>",
           "<?xml version='1.0' encoding='ISO-8859-1'?><a/>",
           "<?xml version='1.0' standalone='maybe'?><a/>",
           "<?xml version='1.0' x='y'?><a/>",
           "<a>\x01</a>",
           "<a>\xC0\xAF</a>",
           "<a>\xED\xA0\x80</a>",
           "<a>\xEF\xBF\xBF</a>",
           "<a></a><!-- ",
           "<a><b/></a></a>",
       }) {
    EXPECT_EQ(error_of(text), Code::kInvalid) << text;
  }
  EXPECT_EQ(error_of(std::string_view("<a>\0</a>", 8)), Code::kInvalid);
  EXPECT_EQ(error_of(std::string_view("<a/>\0<b/>", 9)), Code::kInvalid);
}

TEST(XmlParse, RefusesEntitiesAndDoctype) {
  for (const char* text : {
           "<!DOCTYPE a><a/>",
           "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>",
           "<!DOCTYPE lolz [<!ENTITY l 'l'><!ENTITY m '&l;&l;'>]><lolz>&m;</lolz>",
           "<!doctype a><a/>",
           "<a><!DOCTYPE b></a>",
           "<a><!ENTITY x 'y'></a>",
           "<a>&x;</a>",
           "<a>&nbsp;</a>",
           "<a>&</a>",
           "<a>& </a>",
           "<a>&amp</a>",
           "<a>&AMP;</a>",
           "<a>&#;</a>",
           "<a>&#x;</a>",
           "<a>&#0;</a>",
           "<a>&#x0;</a>",
           "<a>&#xD800;</a>",
           "<a>&#xDFFF;</a>",
           "<a>&#x110000;</a>",
           "<a>&#99999999999999999999;</a>",
           "<a>&#x4294967297;</a>",
           "<a>&#X41;</a>",
           "<a>&#1a;</a>",
           "<a>&#-1;</a>",
           "<a b='&x;'/>",
           "<a b='&'/>",
           "<a>%x;&y;</a>",
       }) {
    EXPECT_EQ(error_of(text), Code::kInvalid) << text;
  }
}

TEST(XmlParse, RefusesUtf16) {
  EXPECT_EQ(error_of(std::string_view("\xFF\xFE<\0a\0/\0>\0", 10)), Code::kInvalid);
  EXPECT_EQ(error_of(std::string_view("\xFE\xFF\0<\0a\0/\0>", 10)), Code::kInvalid);
  EXPECT_EQ(error_of(std::string_view("<\0a\0/\0>\0", 8)), Code::kInvalid);
  EXPECT_EQ(error_of(std::string_view("\0<\0a\0/\0>", 8)), Code::kInvalid);
}

std::string nested(std::size_t depth) {
  std::string text;
  for (std::size_t i = 0; i < depth; ++i) text += "<a>";
  for (std::size_t i = 0; i < depth; ++i) text += "</a>";
  return text;
}

TEST(XmlParse, Limits) {
  EXPECT_TRUE(parse_xml(nested(kXmlDepthMax)).has_value());
  EXPECT_EQ(error_of(nested(kXmlDepthMax + 1)), Code::kLimit);
  EXPECT_EQ(error_of(nested(100'000)), Code::kLimit);
  std::string many = "<a>";
  for (std::size_t i = 1; i < kXmlNodesMax; ++i) many += "<b/>";
  EXPECT_EQ(parse_xml(many + "</a>").value().children.size(), kXmlNodesMax - 1);
  EXPECT_EQ(error_of(many + "<b/></a>"), Code::kLimit);
  EXPECT_EQ(error_of(many + "<!-- --></a>"), Code::kLimit);
  std::string attributes = "<a";
  for (int i = 0; i < 1000; ++i) attributes += " a" + std::to_string(i) + "=''";
  EXPECT_EQ(error_of(attributes + "/>"), Code::kLimit);
}

TEST(XmlWriter, WritesAsAwsDoes) {
  XmlWriter writer("ListBucketResult", "http://s3.amazonaws.com/doc/2006-03-01/");
  writer.element("Name", "b").element("Prefix", "").element("MaxKeys", 1000);
  writer.element("IsTruncated", false).element("Size", std::size_t{5}).element("Big", INT64_MAX);
  writer.open("Contents").element("ETag", "\"x\"").open("Owner");
  writer.open("Grantee", "xsi:type=\"CanonicalUser\"").close();
  EXPECT_EQ(writer.finish(),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
            "<Name>b</Name><Prefix></Prefix><MaxKeys>1000</MaxKeys>"
            "<IsTruncated>false</IsTruncated><Size>5</Size><Big>9223372036854775807</Big>"
            "<Contents><ETag>&quot;x&quot;</ETag><Owner>"
            "<Grantee xsi:type=\"CanonicalUser\"></Grantee>"
            "</Owner></Contents></ListBucketResult>");
  EXPECT_EQ(XmlWriter("Error", "").finish(),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error></Error>");
}

TEST(XmlWriter, Escapes) {
  EXPECT_EQ(xml_escape("a<b>&\"'c"), "a&lt;b&gt;&amp;&quot;'c");
  EXPECT_EQ(xml_escape("\x01\x1F\t\r\n\x7F"), "&#x1;&#x1F;&#x9;&#xD;&#xA;\x7F");
  EXPECT_EQ(xml_escape("\xEF\xBF\xBE\xEF\xBF\xBF\xC3\xA9"), "&#xFFFE;&#xFFFF;\xC3\xA9");
  EXPECT_EQ(xml_escape("a\xFF"
                       "b\xC3"),
            "a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD");
}

TEST(XmlWriter, EveryKeyComesBack) {
  std::string key;
  for (int c = 1; c < 128; ++c) key.push_back(static_cast<char>(c));
  key += "\xC2\x80\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBE\xF4\x8F\xBF\xBF ]]> &amp;";
  XmlWriter writer("R", "");
  writer.element("Key", key);
  EXPECT_EQ(parse_xml(writer.finish()).value().child_text("Key"), key);
}

}  // namespace
}  // namespace muzn::codec
