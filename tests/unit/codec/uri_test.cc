#include "codec/uri.h"

#include <gtest/gtest.h>

namespace muzn::codec {
namespace {

TEST(Uri, EncodesAllButUnreserved) {
  const std::string plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  EXPECT_EQ(uri_encode(plain, true), plain);
  EXPECT_EQ(uri_encode("a b/c+d", true), "a%20b%2Fc%2Bd");
  EXPECT_EQ(uri_encode("a b/c", false), "a%20b/c");
  EXPECT_EQ(uri_encode("\xE1\x88\xB4", true), "%E1%88%B4");  // of AWS's SigV4 suite: U+1234
  EXPECT_EQ(uri_encode(std::string_view("\0\xFF", 2), true), "%00%FF");
  EXPECT_EQ(uri_encode("!*'()", true), "%21%2A%27%28%29");
}

TEST(Uri, DecodesEveryByte) {
  for (int i = 0; i < 256; ++i) {
    const std::string byte(1, static_cast<char>(i));
    EXPECT_EQ(uri_decode(uri_encode(byte, true)).value(), byte);
  }
  EXPECT_EQ(uri_decode("a+b%2f%2F").value(), "a+b//");
  EXPECT_EQ(uri_decode("%2541").value(), "%41");  // decoded once
}

TEST(Uri, RefusesBadEscapes) {
  for (const char* text : {"%", "%4", "a%", "%zz", "%4g", "%g4", "%%41", "% 1", "%-1"}) {
    EXPECT_EQ(uri_decode(text).error().code, Code::kInvalid) << text;
    EXPECT_EQ(Query::parse(text).error().code, Code::kInvalid) << text;
  }
}

TEST(Query, KeepsOrderAndDuplicates) {
  const Query query = Query::parse("acl&b=1&a=x%20y+z&&b=2&empty=&e=a=b&%61=c").value();
  ASSERT_EQ(query.params().size(), 7U);
  EXPECT_EQ(query.get("acl").value(), "");
  EXPECT_EQ(query.get("b").value(), "1");
  EXPECT_EQ(query.get("a").value(), "x y z");
  EXPECT_EQ(query.get("empty").value(), "");
  EXPECT_EQ(query.get("e").value(), "a=b");
  EXPECT_EQ(query.params()[3].value, "2");
  EXPECT_EQ(query.params()[6].name, "a");
  EXPECT_FALSE(query.has("x"));
  EXPECT_FALSE(query.get("ACL").has_value());
  EXPECT_TRUE(Query::parse("").value().params().empty());
}

TEST(Query, PlusAndEscapes) {
  const Query query = Query::parse("a+b=+c+%2B+d%20e&%2b=+&+=").value();
  ASSERT_EQ(query.params().size(), 3U);
  EXPECT_EQ(query.get("a b"), " c + d e");
  EXPECT_EQ(query.get("+"), " ");
  EXPECT_EQ(query.get(" "), "");
  EXPECT_EQ(uri_decode("a+b%2B").value(), "a+b+");
}

// Params are views into the query, wherever it goes.
TEST(Query, MayBeMoved) {
  Query first = Query::parse("a=1&b=2").value();
  const Query second = std::move(first);
  EXPECT_EQ(second.get("a"), "1");
  EXPECT_EQ(second.get("b"), "2");
}

TEST(Query, Limit) {
  std::string raw;
  for (std::size_t i = 0; i < kQueryParamsMax; ++i) raw += "a&";
  EXPECT_EQ(Query::parse(raw).value().params().size(), kQueryParamsMax);
  EXPECT_EQ(Query::parse(raw + "a").error().code, Code::kLimit);
}

// The rows of table 3-7 of the Unicode Standard, at their edges.
TEST(Utf8, AcceptsWellFormed) {
  for (const char* text : {"", "plain ascii, long enough", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80",
                           "\xED\x9F\xBF", "\xEE\x80\x80", "\xEF\xBF\xBF", "\xF0\x90\x80\x80",
                           "\xF4\x8F\xBF\xBF", "eight by\xC3\xA9 and on\xE2\x82\xAC"}) {
    EXPECT_TRUE(is_utf8(text)) << text;
  }
  EXPECT_TRUE(is_utf8(std::string_view("\0", 1)));
}

TEST(Utf8, RefusesIllFormed) {
  for (const char* text : {"\x80",
                           "\xBF",
                           "\xC0\xAF",
                           "\xC1\xBF",
                           "\xC2",
                           "\xC2\x41",
                           "\xE0\x80\xAF",
                           "\xE0\x9F\xBF",
                           "\xED\xA0\x80",
                           "\xED\xBF\xBF",
                           "\xE2\x82",
                           "\xE2\x82\x41",
                           "\xF0\x80\x80\xAF",
                           "\xF0\x8F\xBF\xBF",
                           "\xF4\x90\x80\x80",
                           "\xF5\x80\x80\x80",
                           "\xF0\x90\x80",
                           "\xFE",
                           "\xFF",
                           "ascii ascii\xC0\xAF"}) {
    EXPECT_FALSE(is_utf8(text)) << text;
  }
}

}  // namespace
}  // namespace muzn::codec
