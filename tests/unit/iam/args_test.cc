#include "iam/args.h"

#include <gtest/gtest.h>

namespace muzn::iam {
namespace {

Form form_of(std::string_view text) {
  auto form = Form::parse(text);
  EXPECT_TRUE(form.has_value()) << text;
  return form ? std::move(*form) : Form();
}

template <class T>
std::string code_of(const Read<T>& read) {
  return read ? "" : read.error().code;
}

TEST(Args, NamesAreOfAwsLetters) {
  const auto name = [](const std::string& value) {
    return name_of(form_of("UserName=" + value), "UserName", kUserNameBytesMax);
  };
  EXPECT_EQ(name("a_b%2B%3D%2C.%40-9"), "a_b+=,.@-9");
  EXPECT_EQ(name(std::string(64, 'x')), std::string(64, 'x'));
  for (const std::string& bad :
       {std::string(), std::string(65, 'x'), std::string("a%20b"), std::string("a%2Fb"),
        std::string("%C3%A9"), std::string("a%00")}) {
    EXPECT_EQ(code_of(name(bad)), "ValidationError") << bad;
  }
  EXPECT_EQ(code_of(name_of(form_of(""), "UserName", 64)), "ValidationError");
}

TEST(Args, PathsBeginAndEndWithASlash) {
  EXPECT_EQ(path_of(form_of("")), "/");
  EXPECT_EQ(path_of(form_of("Path=%2Fa%2Fb%2F")), "/a/b/");
  for (const char* bad : {"Path=", "Path=a", "Path=%2Fa", "Path=a%2F", "Path=%2F%20%2F"}) {
    EXPECT_EQ(code_of(path_of(form_of(bad))), "ValidationError") << bad;
  }
  EXPECT_EQ(code_of(path_of(form_of("Path=%2F" + std::string(511, 'x') + "%2F"))),
            "ValidationError");
  EXPECT_EQ(path_prefix_of(form_of("PathPrefix=%2Fa")), "/a");
  EXPECT_EQ(code_of(path_prefix_of(form_of("PathPrefix=a"))), "ValidationError");
}

TEST(Args, NumbersAndWordsAreThoseThatAreKnown) {
  EXPECT_EQ(number_of(form_of(""), "N", 1, 9).value(), std::nullopt);
  EXPECT_EQ(number_of(form_of("N=9"), "N", 1, 9).value(), 9U);
  for (const char* bad : {"N=", "N=0", "N=10", "N=-1", "N=1x", "N=%201", "N=4294967297"}) {
    EXPECT_EQ(code_of(number_of(form_of(bad), "N", 1, 9)), "ValidationError") << bad;
  }
  EXPECT_EQ(flag_of(form_of("F=true"), "F", false), true);
  EXPECT_EQ(flag_of(form_of(""), "F", true), true);
  EXPECT_EQ(code_of(flag_of(form_of("F=1"), "F", false)), "ValidationError");
  EXPECT_EQ(choice_of(form_of(""), "C", {"All", "AWS"}), "All");
  EXPECT_EQ(choice_of(form_of("C=AWS"), "C", {"All", "AWS"}), "AWS");
  EXPECT_EQ(code_of(choice_of(form_of("C=aws"), "C", {"All", "AWS"})), "ValidationError");
}

TEST(Args, TagsAreWholeAndNotTwice) {
  EXPECT_EQ(tags_of(form_of("")), control::Tags());
  EXPECT_EQ(tags_of(form_of("Tags.member.1.Key=a+b&Tags.member.1.Value=")),
            (control::Tags{{"a b", ""}}));
  EXPECT_EQ(code_of(tags_of(form_of("Tags.member.1.Key=a&Tags.member.1.Value=&"
                                    "Tags.member.2.Key=A&Tags.member.2.Value="))),
            "InvalidInput");
  for (const char* bad :
       {"Tags.member.1.Key=a", "Tags.member.1.Value=a", "Tags.member.2.Key=a&Tags.member.2.Value=a",
        "Tags.member.1.Key=aws%3Aa&Tags.member.1.Value=a",
        "Tags.member.1.Key=%0A&Tags.member.1.Value=a"}) {
    EXPECT_EQ(code_of(tags_of(form_of(bad))), "ValidationError") << bad;
  }
  std::string many;
  for (int i = 1; i <= 51; ++i) {
    const std::string member = "Tags.member." + std::to_string(i);
    many += member + ".Key=k" + std::to_string(i) + "&" + member + ".Value=&";
  }
  EXPECT_EQ(code_of(tags_of(form_of(many))), "ValidationError");
}

}  // namespace
}  // namespace muzn::iam
