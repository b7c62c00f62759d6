#include "object/decoded_versions.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "object/row_values.h"

namespace muzn::object {
namespace {

Version numbered(std::uint64_t number, std::size_t metadata = 0) {
  Version out;
  out.stamp = number;
  out.size = number * 3;
  out.etag = "etag-" + std::to_string(number);
  out.attributes.content_type = std::string(metadata, 'm');
  return out;
}

TEST(DecodedVersions, TheSameRowIsDecodedOnce) {
  DecodedVersions decoded;
  const std::string row = row::encode(numbered(1));
  const auto first = decoded.get(row);
  const auto again = decoded.get(std::string(row));
  ASSERT_TRUE(first && again);
  EXPECT_EQ(first->get(), again->get());
  EXPECT_EQ((*first)->etag, "etag-1");
}

TEST(DecodedVersions, ALargeRowIsNotKept) {
  DecodedVersions decoded;
  const std::string row = row::encode(numbered(1, DecodedVersions::kRowBytesMax));
  const auto first = decoded.get(row);
  const auto again = decoded.get(row);
  ASSERT_TRUE(first && again);
  EXPECT_NE(first->get(), again->get());
  EXPECT_EQ((*again)->attributes.content_type.size(), DecodedVersions::kRowBytesMax);
}

TEST(DecodedVersions, ACorruptRowIsRefusedEachTime) {
  DecodedVersions decoded;
  std::string row = row::encode(numbered(1));
  row.pop_back();
  EXPECT_FALSE(decoded.get(row));
  EXPECT_FALSE(decoded.get(row));
}

// Many more versions than there are slots, from several threads.
TEST(DecodedVersions, EachRowHasItsOwnVersion) {
  DecodedVersions decoded;
  std::vector<std::thread> threads;
  for (std::uint64_t thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&decoded, thread] {
      for (std::uint64_t turn = 0; turn < 20'000; ++turn) {
        const std::uint64_t number = (turn * 7 + thread) % 3'000;
        const auto found = decoded.get(row::encode(numbered(number)));
        ASSERT_TRUE(found);
        ASSERT_EQ((*found)->stamp, number);
        ASSERT_EQ((*found)->etag, "etag-" + std::to_string(number));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace muzn::object
