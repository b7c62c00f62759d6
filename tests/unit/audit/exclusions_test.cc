#include "audit/exclusions.h"

#include <gtest/gtest.h>

#include <set>

namespace muzn::audit {
namespace {

TEST(Exclusions, AreWhole) {
  std::set<std::string_view> ids;
  for (const Exclusion& one : exclusions()) {
    EXPECT_TRUE(ids.insert(one.id).second) << one.id;
    EXPECT_FALSE(one.what.empty() || one.why.empty()) << one.id;
    EXPECT_EQ(one.service.empty(), one.operation.empty()) << one.id;
    // Cells of a table.
    EXPECT_FALSE(one.what.contains('|') || one.why.contains('|')) << one.id;
    EXPECT_TRUE(exclusions_text().contains(one.what)) << one.id;
  }
}

TEST(Exclusions, MeanOneOperationOfOneService) {
  EXPECT_TRUE(is_excluded("server", "Health"));
  EXPECT_FALSE(is_excluded("s3", "Health"));
  EXPECT_FALSE(is_excluded("server", ""));
  EXPECT_FALSE(is_excluded("", ""));
  EXPECT_FALSE(is_excluded("s3", ""));
  EXPECT_FALSE(is_excluded("s3", "GetObject"));
}

}  // namespace
}  // namespace muzn::audit
