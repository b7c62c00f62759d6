#include "cli/args.h"

#include <gtest/gtest.h>

#include "cli/credentials.h"

namespace muzn::cli {
namespace {

TEST(Args, TellsFlagsSwitchesAndWordsApart) {
  const auto args = parse_args({"key", "--json", "--name", "n", "--a=b=c", "--", "--x"}, {"json"});
  ASSERT_TRUE(args);
  EXPECT_TRUE(args->has("json"));
  EXPECT_EQ(args->get("name"), "n");
  EXPECT_EQ(args->get("a"), "b=c");
  EXPECT_EQ(args->get("none", "d"), "d");
  EXPECT_EQ(args->words, (std::vector<std::string>{"key", "--x"}));
}

TEST(Args, AFlagNeedsItsValueAndMustBeKnown) {
  EXPECT_FALSE(parse_args({"--name"}, {}));
  const auto args = parse_args({"--nme", "x"}, {});
  ASSERT_TRUE(args);
  EXPECT_FALSE(only(*args, {"name"}));
  EXPECT_TRUE(only(*args, {"nme"}));
}

TEST(Ini, ReadsTheSectionAskedFor) {
  const std::string text =
      "# c\n[default]\naws_access_key_id = A\n\n[ profile b ]\r\nregion=eu\r\n[default2]\nx=y\n";
  EXPECT_EQ(ini_section(text, "default").at("aws_access_key_id"), "A");
  EXPECT_EQ(ini_section(text, "profile b").at("region"), "eu");
  EXPECT_TRUE(ini_section(text, "none").empty());
  EXPECT_TRUE(ini_section("", "default").empty());
}

}  // namespace
}  // namespace muzn::cli
