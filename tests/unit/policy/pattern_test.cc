#include "policy/pattern.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace muzn::policy {
namespace {

class MapFacts final : public Facts {
 public:
  std::map<std::string, std::vector<std::string>, std::less<>> map;
  std::optional<std::vector<std::string>> values(std::string_view key) const override {
    const auto found = map.find(key);
    return found == map.end() ? std::nullopt : std::optional(found->second);
  }
};

Pattern wild(std::string_view text) {
  return Pattern::parse(text, {.wildcards = true, .variables = true}).value();
}
bool like(std::string_view pattern, std::string_view text) {
  return matches(wild(pattern).glob(), text);
}

TEST(PatternTest, RunsAndSingleCharacters) {
  for (const char* pattern :
       {"*", "**", "abc", "a*", "*c", "a*c", "?bc", "???", "*?*?*?*", "a**c"}) {
    EXPECT_TRUE(like(pattern, "abc")) << pattern;
  }
  for (const char* pattern : {"", "ab", "abcd", "b*", "*b", "????", "a*d", "?", "ABC", "a?bc"}) {
    EXPECT_FALSE(like(pattern, "abc")) << pattern;
  }
  EXPECT_TRUE(like("", ""));
  EXPECT_TRUE(like("*", ""));
  EXPECT_FALSE(like("?", ""));
  EXPECT_TRUE(like("*ab", "aab"));
  EXPECT_TRUE(like("a*ab*b", "aabab"));
  EXPECT_TRUE(matches(wild("s3:GET*").glob(), "s3:getObject", Case::kIgnored));
}

TEST(PatternTest, OneCharacterIsOneOfUtf8) {
  EXPECT_TRUE(like("?", "ü"));
  EXPECT_TRUE(like("a?c", "a€c"));
  EXPECT_FALSE(like("??", "ü"));
  EXPECT_TRUE(like("*?", "日本"));
  EXPECT_FALSE(like("???", "日本"));
  EXPECT_TRUE(like("??", "\xFF\xFE"));  // no UTF-8: bytes
}

// Steps grow with glob × text at most: a naive recursion would not end in a lifetime.
TEST(PatternTest, ManyRunsEndInTime) {
  std::string pattern;
  for (int i = 0; i < 500; ++i) pattern += "*a";
  EXPECT_FALSE(like(pattern + "b", std::string(1024, 'a')));
  EXPECT_TRUE(like(pattern, std::string(1024, 'a')));
}

TEST(PatternTest, VariablesAreTextAndNeverWildcards) {
  MapFacts facts;
  facts.map["aws:username"] = {"b*b"};
  facts.map["aws:principaltag/Team"] = {"red"};
  facts.map["many"] = {"x", "y"};
  const auto resolved = [&](std::string_view text, std::string_view found) {
    const auto glob = wild(text).resolve(facts);
    return glob && matches(*glob, found);
  };
  EXPECT_TRUE(resolved("home/${aws:username}/*", "home/b*b/x"));
  EXPECT_FALSE(resolved("home/${aws:username}/*", "home/bob/x"));
  EXPECT_TRUE(resolved("${AWS:UserName}", "b*b"));
  EXPECT_TRUE(resolved("${aws:PrincipalTag/Team}", "red"));
  EXPECT_FALSE(resolved("${aws:PrincipalTag/team}", "red"));
  EXPECT_TRUE(resolved("${aws:PrincipalTag/team, 'none'}", "none"));
  EXPECT_TRUE(resolved("${aws:principaltag/Team, 'none'}", "red"));
  EXPECT_FALSE(resolved("${absent}*", "anything"));
  EXPECT_FALSE(resolved("${many}", "x"));
  EXPECT_TRUE(resolved("${many,'d'}", "d"));
  EXPECT_TRUE(resolved("a${*}${?}${$}", "a*?$"));
  EXPECT_FALSE(resolved("a${*}", "abc"));
  EXPECT_FALSE(wild("a${*}").has_variables());
  EXPECT_TRUE(wild("a${*}").is_fixed());
  EXPECT_FALSE(wild("${x}").is_fixed());
  EXPECT_FALSE(wild("a?").is_fixed());
  for (const char* bad : {"${", "a${b", "${}", "${ }", "${a,b}", "${a, 'b}", "${${a}}"}) {
    EXPECT_FALSE(Pattern::parse(bad, {.wildcards = true, .variables = true})) << bad;
  }
  const auto old = Pattern::parse("${aws:username}*", {.wildcards = true, .variables = false});
  ASSERT_TRUE(old);
  EXPECT_TRUE(matches(old->glob(), "${aws:username}/x"));
}

TEST(PatternTest, ArnsFitPartByPart) {
  const auto fits = [](std::string_view pattern, std::string_view arn) {
    return matches_arn(wild(pattern).glob(), arn);
  };
  const std::string bob = "arn:aws:iam::111111111111:user/bob";
  EXPECT_TRUE(fits(bob, bob));
  EXPECT_TRUE(fits("arn:aws:iam::*:user/*", bob));
  EXPECT_TRUE(fits("arn:*:*:*:*:*", bob));
  EXPECT_FALSE(fits("arn:*:user/bob", bob));
  EXPECT_FALSE(fits("*", bob));
  EXPECT_FALSE(fits("arn:aws:iam::*", bob));
  EXPECT_TRUE(fits("arn:aws:s3:::*", "arn:aws:s3:::b/a:b:c"));
  EXPECT_FALSE(fits("arn:aws:s3:*:a", "arn:aws:s3:::b:a"));
}

// Of the RustFS and MinIO families of denial of service by patterns: twice the text takes twice the
// steps, however many wildcards there are.
TEST(PatternTest, WildcardsDoNotBlowUp) {
  for (const std::size_t runs : {1U, 8U, 64U}) {
    std::string pattern;
    for (std::size_t i = 0; i < runs; ++i) pattern += "*a?a*";
    pattern += "b";
    const Glob glob = wild(pattern).glob();
    std::size_t before = 0;
    for (std::size_t size = 256; size <= 4'096; size *= 2) {
      const std::size_t steps = match_steps(glob, std::string(size, 'a'));
      EXPECT_LE(steps, glob.size() * (size + 1));
      if (before != 0) EXPECT_LE(steps, before * 2 + 4 * glob.size()) << pattern.size();
      before = steps;
    }
  }
}

// What a glob means, by its definition: a table of which prefix of it fits which prefix of the
// text.
bool fits(std::string_view glob, std::string_view text) {
  std::vector<bool> row(text.size() + 1);
  row[0] = true;
  for (const char c : glob) {
    std::vector<bool> next(text.size() + 1);
    for (std::size_t at = 0; at <= text.size(); ++at) {
      const bool before = at > 0 && row[at - 1] && (c == '?' || c == text[at - 1]);
      next[at] = c == '*' ? row[at] || (at > 0 && next[at - 1]) : before;
    }
    row = std::move(next);
  }
  return row.back();
}

// Any glob over any text: right, and in no more steps than both sizes multiplied.
TEST(PatternTest, StepsOfAnyGlobAreBounded) {
  std::mt19937_64 dice(5);
  const auto some = [&dice](std::string_view letters, std::size_t most) {
    std::string out(dice() % most, '\0');
    for (char& c : out) c = letters[dice() % letters.size()];
    return out;
  };
  std::size_t matched = 0;
  for (int i = 0; i < 4'000; ++i) {
    const std::string text = some("**?ab", 24);
    const std::string found = some("ab", i % 8 == 0 ? 400 : 40);
    const Glob glob = wild(text).glob();
    ASSERT_EQ(matches(glob, found), fits(text, found)) << text << " " << found;
    ASSERT_LE(match_steps(glob, found), (glob.size() + 1) * (found.size() + 1)) << text;
    matched += matches(glob, found) ? 1 : 0;
  }
  EXPECT_GT(matched, 400U);
}

}  // namespace
}  // namespace muzn::policy
