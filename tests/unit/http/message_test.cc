#include "http/message.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace muzn::http {
namespace {

TEST(Headers, AreFoundWithoutCaseAndKeepTheirOrder) {
  Headers headers;
  headers.add("Host", "a");
  headers.add("x-amz-date", "1");
  headers.add("HOST", "b");
  EXPECT_EQ(headers.get("host"), "a");
  EXPECT_EQ(headers.count("hOsT"), 2U);
  EXPECT_FALSE(headers.has("hos"));
  ASSERT_EQ(headers.all().size(), 3U);
  EXPECT_EQ(headers.all()[2].name, "HOST");
  EXPECT_EQ(headers.all()[2].value, "b");
}

TEST(Headers, SetReplacesAllOfTheName) {
  Headers headers;
  headers.add("A", "1");
  headers.add("b", "2");
  headers.add("a", "3");
  headers.set("a", "4");
  ASSERT_EQ(headers.all().size(), 2U);
  EXPECT_EQ(headers.get("A"), "4");
  EXPECT_EQ(headers.all()[0].name, "b");
}

// Copying a field under another name, or over itself, must not read memory that was let go.
TEST(Headers, TakeViewsOfThemselves) {
  Headers headers;
  headers.add("x-first", std::string(300, 'v'));
  for (int i = 0; i < 20; ++i) {
    headers.add("x-copy-" + std::to_string(i), *headers.get("x-first"));
    headers.set("x-first", *headers.get("x-first"));
  }
  EXPECT_EQ(headers.all().size(), 21U);
  for (const Header header : headers.all()) EXPECT_EQ(header.value, std::string(300, 'v'));
}

TEST(Headers, CopiesAndMovesStandAlone) {
  Headers headers;
  headers.add("a", "1");
  Headers copy = headers;
  headers.set("a", "2");
  EXPECT_EQ(copy.get("a"), "1");
  const Headers moved = std::move(copy);
  EXPECT_EQ(moved.get("a"), "1");
}

// Against a plain list of pairs.
TEST(Headers, AreAListOfPairs) {
  std::mt19937 random(7);
  Headers headers;
  std::vector<std::pair<std::string, std::string>> model;
  for (int turn = 0; turn < 3000; ++turn) {
    const std::string name = "n" + std::to_string(random() % 6);
    const std::string value(random() % 40, static_cast<char>('a' + random() % 26));
    if (random() % 3 == 0) {
      std::erase_if(model, [&](const auto& pair) { return pair.first == name; });
      headers.set(name, value);
    } else if (model.size() < 30) {
      headers.add(name, value);
    } else {
      continue;
    }
    model.emplace_back(name, value);
    std::vector<std::pair<std::string, std::string>> found;
    for (const Header header : headers.all()) found.emplace_back(header.name, header.value);
    ASSERT_EQ(found, model);
  }
}

TEST(EqualIgnoringCase, ComparesAsciiLettersOnly) {
  EXPECT_TRUE(equal_ignoring_case("", ""));
  EXPECT_TRUE(equal_ignoring_case("X-Amz-Date", "x-aMZ-dATE"));
  EXPECT_FALSE(equal_ignoring_case("a", "ab"));
  EXPECT_FALSE(equal_ignoring_case("@", "`"));
  EXPECT_FALSE(equal_ignoring_case("\xc4", "\xe4"));
}

}  // namespace
}  // namespace muzn::http
