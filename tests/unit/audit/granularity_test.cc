#include "audit/granularity.h"

#include <gtest/gtest.h>

namespace muzn::audit {
namespace {

TEST(Granularity, Names) {
  for (const auto level : {Granularity::kOff, Granularity::kSummary, Granularity::kFull}) {
    EXPECT_EQ(granularity_of(granularity_name(level)), level);
  }
  for (const char* bad : {"", "Off", "fully", "summary "}) {
    EXPECT_EQ(granularity_of(bad), std::nullopt) << bad;
  }
}

}  // namespace
}  // namespace muzn::audit
