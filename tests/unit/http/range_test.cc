#include "http/range.h"

#include <gtest/gtest.h>

namespace muzn::http {
namespace {

void expect_partial(std::string_view header, std::uint64_t size, std::uint64_t first,
                    std::uint64_t last) {
  const RangeChoice choice = resolve_range(header, size);
  ASSERT_EQ(choice.kind, RangeKind::kPartial) << header;
  EXPECT_EQ(choice.range.first, first) << header;
  EXPECT_EQ(choice.range.last, last) << header;
}

TEST(Range, OneRangeOfBytes) {
  expect_partial("bytes=0-0", 10, 0, 0);
  expect_partial("bytes=4-7", 10, 4, 7);
  expect_partial("Bytes=4-", 10, 4, 9);
  expect_partial("bytes=4-4000", 10, 4, 9);
  expect_partial("bytes=-3", 10, 7, 9);
  expect_partial("bytes=-30", 10, 0, 9);
  expect_partial("bytes=4-99999999999999999999999", 10, 4, 9);
  expect_partial("bytes=-99999999999999999999999", 10, 0, 9);
}

TEST(Range, OutsideIsUnsatisfiable) {
  for (const char* header :
       {"bytes=10-", "bytes=10-20", "bytes=-0", "bytes=99999999999999999999-"}) {
    EXPECT_EQ(resolve_range(header, 10).kind, RangeKind::kUnsatisfiable) << header;
  }
  for (const char* header : {"bytes=0-", "bytes=-5", "bytes=0-0"}) {
    EXPECT_EQ(resolve_range(header, 0).kind, RangeKind::kUnsatisfiable) << header;
  }
}

TEST(Range, AnythingElseIsIgnored) {
  EXPECT_EQ(resolve_range(std::nullopt, 10).kind, RangeKind::kWhole);
  for (const char* header :
       {"", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=5-4", "bytes=0-1,3-4", "lines=0-1",
        "bytes=1", "bytes=+1-2", "bytes=1 -2", "bytes=0x1-2", "bytes=1--2", "bytes=--1",
        "bytes =0-1", "bytes=1-2-3", "bytes= -1", "bytes= 4-7"}) {
    EXPECT_EQ(resolve_range(header, 10).kind, RangeKind::kWhole) << header;
  }
}

}  // namespace
}  // namespace muzn::http
