#include "server/descriptors.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>

namespace muzn::server {
namespace {

TEST(Descriptors, TheEngineHasItsOwn) {
  EXPECT_EQ(connections_within(1'048'576, 20'000, 4096), 20'000);
  EXPECT_EQ(connections_within(20'000, 20'000, 4096), 20'000 - 640 - 4096);
  EXPECT_EQ(connections_within(1024, 20'000, 4096), (1024 - 640) / 2);
  EXPECT_EQ(connections_within(64, 20'000, 4096), 16);
  EXPECT_EQ(connections_within(64, 3, 4096), 3);
}

TEST(Descriptors, RaisesTheSoftLimit) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit low{std::min<rlim_t>(before.rlim_cur, 256), before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
  share_descriptors(10, 10);
  rlimit after{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &after), 0);
  EXPECT_EQ(after.rlim_cur, before.rlim_max);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
}

}  // namespace
}  // namespace muzn::server
