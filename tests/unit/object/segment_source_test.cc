#include "object/segment_source.h"

#include <gtest/gtest.h>

#include "blob/mem_store.h"

namespace muzn::object {
namespace {

constexpr std::size_t kPartBytes = 100'000;

class SegmentSource : public testing::Test {
 protected:
  // Two blobs, of "aaa..." and "bbb...".
  SegmentSource() {
    for (const char letter : {'a', 'b'}) {
      Segment segment;
      segment.blob = blob::BlobId(blob::kBlobIdBytes, letter);
      segment.size = kPartBytes;
      auto writer = run_sync(blobs_.create(segment.blob, 0, *policy::may_send({}, {}))).value();
      EXPECT_TRUE(run_sync(writer->append(std::string(kPartBytes, letter))));
      EXPECT_TRUE(run_sync(writer->seal()));
      segments_.push_back(segment);
    }
  }

  Result<std::string> read(std::uint64_t offset, std::uint64_t length) {
    TRY(const auto source, segment_source(blobs_, segments_, offset, length));
    return run_sync(read_all(*source, length));
  }

  blob::MemStore blobs_;
  std::vector<Segment> segments_;
};

TEST_F(SegmentSource, GoesOverTheBorder) {
  const std::string all = std::string(kPartBytes, 'a') + std::string(kPartBytes, 'b');
  EXPECT_EQ(read(0, all.size()), all);
  for (const std::uint64_t offset : {kPartBytes - 1, kPartBytes, kPartBytes + 1}) {
    EXPECT_EQ(read(offset, 10), all.substr(offset, 10)) << offset;
  }
  EXPECT_EQ(read(kPartBytes - 5, 5), "aaaaa");
  EXPECT_EQ(read(2 * kPartBytes, 0), "");
}

// The row was right, so the bytes are damaged: neither an object that is not there nor a shorter
// one.
TEST_F(SegmentSource, AShorterBlobIsDamage) {
  segments_[0].size += 1;
  const auto got = read(0, 2 * kPartBytes);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Code::kCorrupt);
}

TEST_F(SegmentSource, ALostBlobIsDamage) {
  ASSERT_TRUE(run_sync(blobs_.discard(segments_[1].blob)));
  const auto got = read(kPartBytes - 5, 10);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Code::kCorrupt);
}

}  // namespace
}  // namespace muzn::object
