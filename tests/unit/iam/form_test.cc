#include "iam/form.h"

#include <gtest/gtest.h>

namespace muzn::iam {
namespace {

using Names = std::vector<std::string>;

Form form_of(std::string_view text) {
  auto form = Form::parse(text);
  EXPECT_TRUE(form.has_value()) << text;
  return form ? std::move(*form) : Form();
}

TEST(Form, ValuesAreDecoded) {
  const Form form = form_of("UserName=a%2Bb+c&Path=&Flag");
  EXPECT_EQ(form.text("UserName"), "a+b c");
  EXPECT_EQ(form.get("Path"), "");
  EXPECT_EQ(form.get("Flag"), "");
  EXPECT_EQ(form.get("username"), std::nullopt);
  EXPECT_EQ(form.text("Absent"), "");
}

TEST(Form, WhatIsNoFormIsRefused) {
  for (const std::string_view text : {"A=%4", "A=%zz", "A=1&A=2", "A=1&A=1", "A=%ff", "%c0%80=1"}) {
    const auto form = Form::parse(text);
    ASSERT_FALSE(form.has_value()) << text;
    EXPECT_EQ(form.error().code, Code::kInvalid) << text;
  }
  EXPECT_EQ(Form::parse(std::string(kFormBytesMax + 1, 'a')).error().code, Code::kLimit);
  std::string many;
  for (int i = 0; i < 1001; ++i) many += "p" + std::to_string(i) + "=1&";
  EXPECT_EQ(Form::parse(many).error().code, Code::kLimit);
}

TEST(Form, ListsAreNumberedFromOne) {
  EXPECT_EQ(form_of("").list("ActionNames"), Names());
  EXPECT_EQ(form_of("ActionNames=").list("ActionNames"), Names());
  EXPECT_EQ(form_of("A.member.2=y&A.member.1=x&A.member.3=z&AB.member.1=n").list("A"),
            Names({"x", "y", "z"}));
  std::string ten;
  for (int i = 10; i >= 1; --i)
    ten += "A.member." + std::to_string(i) + "=" + std::to_string(i) + "&";
  EXPECT_EQ(form_of(ten).list("A")->at(9), "10");
}

TEST(Form, ListsWithHolesOrStrangeNumbersAreRefused) {
  for (const std::string_view text :
       {"A.member.2=x", "A.member.1=x&A.member.3=y", "A.member.0=x", "A.member.01=x", "A.member.=x",
        "A.member.x=x", "A.member.-1=x", "A.member.1.Key=x", "A.member.18446744073709551617=x"}) {
    EXPECT_FALSE(form_of(text).list("A").has_value()) << text;
  }
  EXPECT_EQ(form_of("A.member.1001=x").list("A").error().code, Code::kLimit);
}

TEST(Form, StructuresAreCountedByTheirMembers) {
  const Form form =
      form_of("Tags.member.1.Key=a&Tags.member.1.Value=b&Tags.member.2.Key=c&Tags.member.2.Value=");
  EXPECT_EQ(form.count("Tags"), 2U);
  EXPECT_EQ(form.field("Tags", 1, "Value"), "b");
  EXPECT_EQ(form.field("Tags", 2, "Value"), "");
  EXPECT_EQ(form.field("Tags", 3, "Key"), std::nullopt);
  EXPECT_EQ(form_of("").count("Tags"), 0U);
}

}  // namespace
}  // namespace muzn::iam
