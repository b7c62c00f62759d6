// The contract of blob::Store, over each engine.
#include "blob/store.h"

#include <thread>

#include "unit/blob/engines.h"

namespace muzn::blob {
namespace {

template <class Engine>
class BlobStoreTest : public testing::Test {
 protected:
  Store& store() { return engine_.store(); }
  Engine engine_;
};

using Engines = testing::Types<MemEngine, FileEngine>;
TYPED_TEST_SUITE(BlobStoreTest, Engines);

TYPED_TEST(BlobStoreTest, ReadsBackAnyRangeOfAnySize) {
  Store& store = this->store();
  unsigned number = 0;
  const std::size_t sizes[] = {0,       1,       kBlockBytes - 1, kBlockBytes, kBlockBytes + 1,
                               1000000, 1 << 20, (2 << 20) + 7};
  for (const std::size_t size : sizes) {
    const std::string bytes = pattern(size);
    for (const std::uint64_t hint : {std::uint64_t{0}, std::uint64_t{size}, std::uint64_t{5000}}) {
      const BlobId id = test_id(++number);
      ASSERT_TRUE(store_blob(store, id, bytes, 100'000, hint));
      const auto reader = run_sync(store.open(id)).value();
      ASSERT_EQ(reader->size(), size);
      EXPECT_EQ(run_sync(reader->read(0, size + 10)).value(), bytes);
      EXPECT_EQ(run_sync(reader->read(size, 1)).value(), "");
      EXPECT_EQ(run_sync(reader->read(size + 1, 1)).value(), "");
      for (const std::size_t at : {std::size_t{0}, size / 3, kBlockBytes - 1, kBlockBytes}) {
        if (at >= size) continue;
        for (const std::size_t length : {std::size_t{1}, std::size_t{2}, kBlockBytes, size}) {
          ASSERT_EQ(run_sync(reader->read(at, length)).value(), bytes.substr(at, length));
        }
      }
    }
  }
}

// 16 to 29 bytes once failed: the library's small strings end there.
TYPED_TEST(BlobStoreTest, ReadsBackEverySmallSize) {
  Store& store = this->store();
  for (unsigned size = 0; size < 100; ++size) {
    const std::string bytes = pattern(size);
    ASSERT_TRUE(store_blob(store, test_id(size + 1), bytes, 100, size));
    const auto reader = run_sync(store.open(test_id(size + 1))).value();
    const auto read = run_sync(reader->read(0, size));
    ASSERT_TRUE(read) << size << ": " << read.error().what;
    EXPECT_EQ(*read, bytes);
  }
}

TYPED_TEST(BlobStoreTest, PiecesOfAnySizeAreTheSameBlob) {
  Store& store = this->store();
  const std::string bytes = pattern((3 << 20) + 12'345);
  unsigned number = 0;
  for (const std::size_t piece : {std::size_t{4097}, std::size_t{65536}, std::size_t{1} << 20,
                                  (std::size_t{1} << 20) + 1, bytes.size()}) {
    const BlobId id = test_id(++number);
    ASSERT_TRUE(store_blob(store, id, bytes, piece, bytes.size()));
    const auto reader = run_sync(store.open(id)).value();
    EXPECT_TRUE(run_sync(reader->read(0, bytes.size())).value() == bytes);
  }
  EXPECT_EQ(store.figures().bytes_written, number * bytes.size());
  EXPECT_EQ(store.figures().bytes_read, number * bytes.size());
  EXPECT_EQ(store.figures().corrupt_blocks, 0U);
}

TYPED_TEST(BlobStoreTest, KeepsTheLabel) {
  Store& store = this->store();
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, kLabelBytesMax}) {
    const BlobId id = test_id(static_cast<unsigned>(size + 1));
    auto writer = run_sync(store.create(id, 3, *policy::may_send({}, {}))).value();
    ASSERT_TRUE(run_sync(writer->append("abc")));
    ASSERT_TRUE(run_sync(writer->seal(pattern(size))));
    const auto reader = run_sync(store.open(id)).value();
    EXPECT_EQ(reader->label(), pattern(size));
    EXPECT_EQ(run_sync(reader->read(0, 10)).value(), "abc");
  }
}

TYPED_TEST(BlobStoreTest, IsNotThereBeforeSealNorAfterDiscard) {
  Store& store = this->store();
  const BlobId id = test_id(1);
  EXPECT_EQ(run_sync(store.open(id)).error().code, Code::kNotFound);
  auto writer = run_sync(store.create(id, 0, *policy::may_send({}, {}))).value();
  ASSERT_TRUE(run_sync(writer->append("abc")));
  EXPECT_EQ(run_sync(store.open(id)).error().code, Code::kNotFound);
  ASSERT_TRUE(run_sync(writer->seal()));
  const auto reader = run_sync(store.open(id)).value();
  ASSERT_TRUE(run_sync(store.discard(id)));
  ASSERT_TRUE(run_sync(store.discard(id)));
  EXPECT_EQ(run_sync(store.open(id)).error().code, Code::kNotFound);
  // Who had it open reads on.
  EXPECT_EQ(run_sync(reader->read(0, 3)).value(), "abc");
}

TYPED_TEST(BlobStoreTest, AnAbandonedWriterLeavesNothing) {
  Store& store = this->store();
  auto writer = run_sync(store.create(test_id(1), 10 << 20, *policy::may_send({}, {}))).value();
  ASSERT_TRUE(run_sync(writer->append(pattern(2 << 20))));
  writer.reset();
  EXPECT_EQ(run_sync(store.open(test_id(1))).error().code, Code::kNotFound);
}

TYPED_TEST(BlobStoreTest, WritersAndReadersInParallel) {
  Store& store = this->store();
  const std::string bytes = pattern(300'000);
  std::vector<std::thread> threads;
  for (unsigned thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&store, &bytes, thread] {
      for (unsigned i = 0; i < 8; ++i) {
        const BlobId id = test_id(thread * 100 + i);
        ASSERT_TRUE(store_blob(store, id, bytes, 70'000, bytes.size()));
        const auto reader = run_sync(store.open(id)).value();
        EXPECT_TRUE(run_sync(reader->read(1, bytes.size())).value() == bytes.substr(1));
        if (i % 2 == 0) ASSERT_TRUE(run_sync(store.discard(id)));
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

}  // namespace
}  // namespace muzn::blob
