#include "codec/json.h"

#include <gtest/gtest.h>

namespace muzn::codec {
namespace {

TEST(Json, ParsesAndDumpsSorted) {
  const Json value = parse_json(R"( {"b":[1,-2,3.5,true,null],"a":"\u00e9\ud83d\ude00"} )").value();
  EXPECT_EQ(dump_json(value), "{\"a\":\"\xC3\xA9\xF0\x9F\x98\x80\",\"b\":[1,-2,3.5,true,null]}");
  EXPECT_EQ(parse_json("1").value(), 1);
  EXPECT_EQ(dump_json(Json("a\xFF")), "\"a\xEF\xBF\xBD\"");
}

// RFC 8259; the cases that parsers disagree on, after Seriot's "Parsing JSON is a minefield".
TEST(Json, Refuses) {
  for (const char* text : {"",
                           " ",
                           "{",
                           "}",
                           "[1,]",
                           "{\"a\":1,}",
                           "{a:1}",
                           "{'a':1}",
                           "[1 2]",
                           "01",
                           "+1",
                           ".5",
                           "1.",
                           "0x1",
                           "NaN",
                           "Infinity",
                           "1e",
                           "1e999",
                           "nul",
                           "True",
                           "\"",
                           "\"\t\"",
                           "\"\\x\"",
                           "\"\\u12\"",
                           "\"\\ud800\"",
                           "\"\\udc00\"",
                           "[] []",
                           "{} x",
                           "// c\n1",
                           "/* c */1",
                           "\"\xC0\xAF\"",
                           "\"\xED\xA0\x80\"",
                           "[\"\xFF\"]"}) {
    const auto parsed = parse_json(text);
    ASSERT_FALSE(parsed.has_value()) << text;
    EXPECT_EQ(parsed.error().code, Code::kInvalid) << text;
  }
  EXPECT_EQ(parse_json(std::string_view("{}\0x", 4)).error().code, Code::kInvalid);
  EXPECT_EQ(parse_json(std::string_view("\"\0\"", 3)).error().code, Code::kInvalid);
}

TEST(Json, RefusesDuplicateKeysAtAnyDepth) {
  EXPECT_EQ(parse_json(R"({"a":1,"a":2})").error().code, Code::kInvalid);
  EXPECT_EQ(parse_json(R"({"a":1,"\u0061":2})").error().code, Code::kInvalid);
  EXPECT_EQ(parse_json(R"([{"x":{"a":1,"b":{},"a":2}}])").error().code, Code::kInvalid);
  EXPECT_TRUE(parse_json(R"({"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}]})").has_value());
}

TEST(Json, DepthLimit) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(parse_json(nested(kJsonDepthMax)).has_value());
  EXPECT_EQ(parse_json(nested(kJsonDepthMax + 1)).error().code, Code::kLimit);
  EXPECT_EQ(parse_json(std::string(1'000'000, '[')).error().code, Code::kLimit);
  EXPECT_TRUE(parse_json("\"" + std::string(1000, '[') + "\\\"[\"").has_value());
}

TEST(Json, TypedReads) {
  const Json object =
      parse_json(R"({"s":"x","i":-5,"u":18446744073709551615,"f":1.5,"t":true,"n":null})").value();
  EXPECT_EQ(json_string(object, "s"), "x");
  EXPECT_EQ(json_string(object, "i", "d"), "d");
  EXPECT_EQ(json_string(object, "none"), "");
  EXPECT_EQ(json_int(object, "i"), -5);
  EXPECT_EQ(json_int(object, "u", 7), 7);
  EXPECT_EQ(json_int(object, "f", 7), 7);
  EXPECT_EQ(json_int(object, "s", 7), 7);
  EXPECT_TRUE(json_bool(object, "t"));
  EXPECT_TRUE(json_bool(object, "n", true));
  EXPECT_FALSE(json_bool(object, "none"));
  EXPECT_EQ(json_string(Json::array(), "s", "d"), "d");
}

}  // namespace
}  // namespace muzn::codec
