#include "s3/rename.h"

#include <gtest/gtest.h>

namespace muzn::s3 {
namespace {

http::Headers headers_of(std::vector<std::pair<std::string, std::string>> all) {
  http::Headers out;
  for (const auto& [name, value] : all) out.add(name, value);
  return out;
}

std::string parsed(const http::Headers& headers, std::string_view key) {
  const auto request = parse_rename(headers, key);
  return request ? request->source : "!" + std::string(name(request.error().code));
}

std::string source(std::string value, std::string_view key = "new") {
  return parsed(headers_of({{"x-amz-rename-source", std::move(value)}}), key);
}

TEST(Rename, TheSourceIsAKey) {
  EXPECT_EQ(source("old"), "old");
  EXPECT_EQ(source("a%20b/c+d"), "a b/c+d");
  EXPECT_EQ(source("/old"), "/old");
  EXPECT_EQ(source("old", "/old"), "old");
  EXPECT_EQ(parsed(headers_of({}), "new"), "!InvalidArgument");
  for (const char* bad : {"", "%", "%00", "%ff"}) EXPECT_EQ(source(bad), "!InvalidArgument") << bad;
  EXPECT_EQ(source("..%2fx"), "!InvalidURI");
  EXPECT_EQ(source(std::string(1025, 'k')), "!KeyTooLongError");
  EXPECT_EQ(source("new"), "!InvalidRequest");
  EXPECT_EQ(source("n%65w"), "!InvalidRequest");
  EXPECT_EQ(source("dir/"), "!InvalidRequest");
  EXPECT_EQ(source("old", "dir/"), "!InvalidRequest");
}

TEST(Rename, ATokenIsShortAndPrintable) {
  const auto with = [](std::string token) {
    return parsed(headers_of({{"x-amz-rename-source", "old"}, {"x-amz-client-token", token}}),
                  "new");
  };
  EXPECT_EQ(with(std::string(64, '~')), "old");
  EXPECT_EQ(with(std::string(65, '~')), "!InvalidArgument");
  EXPECT_EQ(with(""), "!InvalidArgument");
  EXPECT_EQ(with("a b"), "!InvalidArgument");
}

// What judge_rename() says of these headers: "", or the fault and what it names.
std::string judged(std::vector<std::pair<std::string, std::string>> conditions, bool replaces) {
  conditions.emplace_back("x-amz-rename-source", "old");
  const http::Headers headers = headers_of(std::move(conditions));
  const auto request = parse_rename(headers, "new");
  EXPECT_TRUE(request);
  object::Version source;
  source.etag = "aa";
  source.modified = from_micros(1'000'000'000'000'000);  // 2001-09-09T01:46:40Z
  object::Version replaced = source;
  replaced.etag = "bb";
  const auto out = judge_rename(*request, source, replaces ? &replaced : nullptr);
  if (out) return "";
  return out.error().fault == object::Fault::kNoSuchKey ? "none" : out.error().what;
}

TEST(Rename, ConditionsOfTheSource) {
  constexpr char kBefore[] = "Sat, 08 Sep 2001 00:00:00 GMT";
  constexpr char kAfter[] = "Mon, 10 Sep 2001 00:00:00 GMT";
  const std::string prefix = "x-amz-rename-source-";
  for (const bool replaces : {false, true}) {
    EXPECT_EQ(judged({}, replaces), "");
    EXPECT_EQ(judged({{prefix + "if-match", "\"aa\""}}, replaces), "");
    EXPECT_EQ(judged({{prefix + "if-match", "\"bb\""}}, replaces), prefix + "If-Match");
    EXPECT_EQ(judged({{prefix + "if-none-match", "\"bb\""}}, replaces), "");
    EXPECT_EQ(judged({{prefix + "if-none-match", "*"}}, replaces), prefix + "If-None-Match");
    EXPECT_EQ(judged({{prefix + "if-modified-since", kBefore}}, replaces), "");
    EXPECT_EQ(judged({{prefix + "if-modified-since", kAfter}}, replaces),
              prefix + "If-Modified-Since");
    EXPECT_EQ(judged({{prefix + "if-unmodified-since", kBefore}}, replaces),
              prefix + "If-Unmodified-Since");
  }
}

TEST(Rename, ConditionsOfWhatIsReplaced) {
  constexpr char kBefore[] = "Sat, 08 Sep 2001 00:00:00 GMT";
  EXPECT_EQ(judged({{"If-None-Match", "*"}}, false), "");
  EXPECT_EQ(judged({{"If-None-Match", "*"}}, true), "If-None-Match");
  EXPECT_EQ(judged({{"If-Match", "\"bb\""}}, true), "");
  EXPECT_EQ(judged({{"If-Match", "\"aa\""}}, true), "If-Match");
  EXPECT_EQ(judged({{"If-Match", "*"}}, false), "none");
  EXPECT_EQ(judged({{"If-Modified-Since", kBefore}}, true), "");
  EXPECT_EQ(judged({{"If-Modified-Since", kBefore}}, false), "none");
  EXPECT_EQ(judged({{"If-Unmodified-Since", kBefore}}, true), "If-Unmodified-Since");
  EXPECT_EQ(judged({{"If-Unmodified-Since", kBefore}}, false), "");
}

TEST(Rename, TheDigestIsOfAllThatIsAsked) {
  const auto digest = [](std::vector<std::pair<std::string, std::string>> more, std::string from,
                         std::string_view key) {
    more.emplace_back("x-amz-rename-source", std::move(from));
    const http::Headers headers = headers_of(std::move(more));
    return digest_of(*parse_rename(headers, key), key);
  };
  const std::string one = digest({}, "old", "new");
  EXPECT_EQ(one, digest({{"x-amz-client-token", "t"}}, "old", "new"));
  EXPECT_NE(one, digest({}, "old2", "new"));
  EXPECT_NE(one, digest({}, "old", "new2"));
  EXPECT_NE(digest({{"If-Match", "x"}}, "old", "new"),
            digest({{"If-None-Match", "x"}}, "old", "new"));
  EXPECT_NE(digest({{"If-Match", "x"}}, "old", "new"),
            digest({{"x-amz-rename-source-if-match", "x"}}, "old", "new"));
}

TEST(Rename, TokensOfTwoAccountsAreApart) {
  const http::Headers headers =
      headers_of({{"x-amz-rename-source", "old"}, {"x-amz-client-token", "t"}});
  const auto request = parse_rename(headers, "new");
  ASSERT_TRUE(request);
  EXPECT_NE(token_name(*request, "111111111111"), token_name(*request, "222222222222"));
  const http::Headers none = headers_of({{"x-amz-rename-source", "old"}});
  EXPECT_EQ(token_name(*parse_rename(none, "new"), "111111111111"), "");
}

}  // namespace
}  // namespace muzn::s3
