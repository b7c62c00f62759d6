#include "sigv4/canonical.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "codec/uri.h"

namespace muzn::sigv4 {
namespace {

std::string canonical(std::string_view raw, bool omit_signature = false) {
  std::string out = "before|";
  append_canonical_query(out, raw, omit_signature);
  EXPECT_TRUE(out.starts_with("before|"));
  return out.substr(7);
}

// By the book: decode, encode, sort, join.
std::string by_the_book(std::string_view raw, bool omit_signature) {
  const auto query = codec::Query::parse(raw);
  std::vector<std::pair<std::string, std::string>> params;
  for (const codec::QueryParam& param : query->params()) {
    if (omit_signature && param.name == "X-Amz-Signature") continue;
    params.emplace_back(codec::uri_encode(param.name, true), codec::uri_encode(param.value, true));
  }
  std::ranges::sort(params);
  std::string out;
  for (const auto& [name, value] : params) {
    out.append(out.empty() ? "" : "&").append(name).append("=").append(value);
  }
  return out;
}

TEST(CanonicalQuery, StaysAsItIsWhenItIsCanonical) {
  const std::string_view presigned =
      "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AK%2F20261125%2Fus-east-1%2Fs3%2Faws4_"
      "request&X-Amz-Date=20261125T000000Z&X-Amz-SignedHeaders=host%3Bx-amz-meta-a&uploads=";
  EXPECT_EQ(canonical(presigned), presigned);
}

TEST(CanonicalQuery, LosesItsSignatureWhereverThatStands) {
  EXPECT_EQ(canonical("X-Amz-Signature=1", true), "");
  EXPECT_EQ(canonical("X-Amz-Date=1&X-Amz-Signature=2", true), "X-Amz-Date=1");
  EXPECT_EQ(canonical("X-Amz-Date=1&X-Amz-Signature=2&x-id=GetObject", true),
            "X-Amz-Date=1&x-id=GetObject");
  EXPECT_EQ(canonical("X-Amz-Signature=2&x=1&a=2", true), "a=2&x=1");
  EXPECT_EQ(canonical("X-Amz-Signature=2&x=1", false), "X-Amz-Signature=2&x=1");
}

TEST(CanonicalQuery, BecomesCanonicalFromEachOtherForm) {
  EXPECT_EQ(canonical("b=1&a=2"), "a=2&b=1");
  EXPECT_EQ(canonical("a=2&a=1"), "a=1&a=2");
  EXPECT_EQ(canonical("acl"), "acl=");
  EXPECT_EQ(canonical("a=1&acl"), "a=1&acl=");
  EXPECT_EQ(canonical("a=1&"), "a=1");
  EXPECT_EQ(canonical("&a=1"), "a=1");
  EXPECT_EQ(canonical("a=%2f"), "a=%2F");
  EXPECT_EQ(canonical("a=%41"), "a=A");
  EXPECT_EQ(canonical("a=b+c"), "a=b%20c");
  EXPECT_EQ(canonical("a=b=c"), "a=b%3Dc");
  EXPECT_EQ(canonical("a=/"), "a=%2F");
  EXPECT_EQ(canonical("%7ea=1"), "~a=1");
}

TEST(CanonicalQuery, IsWhatTheBookSays) {
  const std::vector<std::string_view> pieces = {
      "a",   "b",     "A", "z", "-", "~", "%2F", "%2f", "%41", "%7E",
      "+",   "/",     "=", "&", "=", "&", "%20", "%25", "1",   "X-Amz-Signature",
      "&a=", "%C3%A9"};
  std::mt19937 random(3);
  for (int turn = 0; turn < 50'000; ++turn) {
    std::string raw;
    for (std::size_t i = random() % 10; i > 0; --i) raw += pieces[random() % pieces.size()];
    for (const bool omit : {false, true}) {
      ASSERT_EQ(canonical(raw, omit), by_the_book(raw, omit)) << raw;
    }
  }
}

}  // namespace
}  // namespace muzn::sigv4
