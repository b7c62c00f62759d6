#include "http/conditions.h"

#include <gtest/gtest.h>

namespace muzn::http {
namespace {

constexpr const char* kBefore = "Sun, 06 Nov 1994 08:49:36 GMT";
constexpr const char* kSame = "Sun, 06 Nov 1994 08:49:37 GMT";
constexpr const char* kAfter = "Sun, 06 Nov 1994 08:49:38 GMT";
const Time kModified = from_micros(784111777'900'000);  // .9 s: whole seconds compare

Verdict of(const ReadConditions& conditions) {
  return evaluate(conditions, "abc", kModified);
}

TEST(Conditions, EtagLists) {
  for (const char* list : {"*", "\"abc\"", "abc", "W/\"abc\"", "\"x\", \"abc\"", "x,abc", " abc ",
                           "\"a,b\",\"abc\"", "W/\"x\" , W/\"abc\""}) {
    EXPECT_TRUE(etag_list_matches(list, "abc")) << list;
  }
  for (const char* list : {"", "\"\"", "\"ab\"", "ABC", "\"xabc\"", ",", "W/", "\"a\"bc"}) {
    EXPECT_FALSE(etag_list_matches(list, "abc")) << list;
  }
}

TEST(Conditions, EachAlone) {
  EXPECT_EQ(of({}), Verdict::kProceed);
  EXPECT_EQ(of({.if_match = "\"abc\""}), Verdict::kProceed);
  EXPECT_EQ(of({.if_match = "\"x\""}), Verdict::kFailed);
  EXPECT_EQ(of({.if_none_match = "\"abc\""}), Verdict::kNotModified);
  EXPECT_EQ(of({.if_none_match = "*"}), Verdict::kNotModified);
  EXPECT_EQ(of({.if_none_match = "\"x\""}), Verdict::kProceed);
  EXPECT_EQ(of({.if_modified_since = kBefore}), Verdict::kProceed);
  EXPECT_EQ(of({.if_modified_since = kSame}), Verdict::kNotModified);
  EXPECT_EQ(of({.if_modified_since = kAfter}), Verdict::kNotModified);
  EXPECT_EQ(of({.if_unmodified_since = kBefore}), Verdict::kFailed);
  EXPECT_EQ(of({.if_unmodified_since = kSame}), Verdict::kProceed);
  EXPECT_EQ(of({.if_unmodified_since = kAfter}), Verdict::kProceed);
  EXPECT_EQ(of({.if_modified_since = "yesterday"}), Verdict::kProceed);
  EXPECT_EQ(of({.if_unmodified_since = "yesterday"}), Verdict::kProceed);
}

TEST(Conditions, TagsOverrideDates) {
  EXPECT_EQ(of({.if_match = "\"abc\"", .if_unmodified_since = kBefore}), Verdict::kProceed);
  EXPECT_EQ(of({.if_none_match = "\"x\"", .if_modified_since = kAfter}), Verdict::kProceed);
  EXPECT_EQ(of({.if_match = "\"x\"", .if_none_match = "\"abc\""}), Verdict::kFailed);
  EXPECT_EQ(of({.if_none_match = "\"abc\"", .if_unmodified_since = kBefore}), Verdict::kFailed);
}

}  // namespace
}  // namespace muzn::http
