// A store of files that keeps verified bytes in memory.
#include <fstream>

#include "unit/blob/engines.h"

namespace muzn::blob {
namespace {

class HotStore : public testing::Test {
 protected:
  HotStore() {
    FileOptions options{temp_.path(), 0};
    options.hot_bytes = 8U << 20;
    store_ = open_file_store(options, pool_).value();
    CHECK(store_blob(*store_, id_, bytes_, 100'000, bytes_.size()));
  }

  // As a client's read does it: from memory, else from the disk.
  Result<std::string> read(std::uint64_t offset = 0, std::uint64_t length = UINT64_MAX) {
    std::string out;
    std::unique_ptr<Reader> reader;
    const std::uint64_t end = std::min<std::uint64_t>(length, bytes_.size() - offset) + offset;
    while (offset < end) {
      auto loan = store_->recall(id_, offset, end - offset);
      if (!loan) {
        TRY(reader, run_sync(store_->open(id_)));
        TRY(loan, run_sync(reader->load(offset, end - offset)));
      }
      if (loan->bytes.empty()) return fail(Code::kInternal, "nothing was read");
      out.append(loan->bytes);
      offset += loan->bytes.size();
    }
    return out;
  }

  std::string path() const { return temp_.path() + "/00/00/" + kName; }
  void flip(std::size_t at) {
    std::fstream file(path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(at));
    const char was = static_cast<char>(file.get());
    file.seekp(static_cast<std::streamoff>(at));
    file.put(static_cast<char>(was ^ 1));
    CHECK(file.good());
  }

  static constexpr const char* kName = "00000000000000010000000000000000";
  test::TempDir temp_;
  Pool pool_{2};
  const BlobId id_ = test_id(0);
  const std::string bytes_ = pattern(kReadBytes * 5 + 12'345);
  std::unique_ptr<Store> store_;
};

TEST_F(HotStore, TheThirdReadingTouchesNoFile) {
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(read().value() == bytes_);
  std::filesystem::remove(path());
  EXPECT_TRUE(read().value() == bytes_);
  EXPECT_TRUE(read(kBlockBytes - 3, 700'000).value() == bytes_.substr(kBlockBytes - 3, 700'000));
  EXPECT_EQ(store_->figures().hot.misses, 12U);
  EXPECT_GE(store_->figures().hot.hit_bytes, bytes_.size() + 700'000);
}

TEST_F(HotStore, RangesAreRight) {
  for (int round = 0; round < 3; ++round) {
    for (const std::uint64_t offset :
         {std::uint64_t{0}, kReadBytes - 1, kReadBytes, 5 * kReadBytes, bytes_.size() - 1}) {
      for (const std::uint64_t length : {1U, 65'536U, 65'537U, 600'000U}) {
        ASSERT_TRUE(read(offset, length).value() == bytes_.substr(offset, length))
            << offset << " " << length;
      }
    }
  }
}

TEST_F(HotStore, RotBehindKeptBytesIsHiddenUntilTheyAreGone) {
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(read());
  flip(kReadBytes + 5);
  EXPECT_TRUE(read().value() == bytes_);
  // Who looks after the disk sees it.
  const auto reader = run_sync(store_->open(id_)).value();
  EXPECT_EQ(run_sync(reader->read(kReadBytes, 10)).error().code, Code::kCorrupt);
  store_ = open_file_store({temp_.path(), 0}, pool_).value();
  EXPECT_EQ(read().error().code, Code::kCorrupt);
}

TEST_F(HotStore, ABadBlockIsNeverKept) {
  flip(kReadBytes + 5);
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(read(kReadBytes, 10).error().code, Code::kCorrupt);
    EXPECT_EQ(store_->figures().corrupt_blocks, static_cast<std::uint64_t>(i) + 1);
    EXPECT_FALSE(store_->recall(id_, kReadBytes, 1));
  }
  // Its neighbours in the same chunk are read all the same.
  const std::uint64_t good = kReadBytes + kBlockBytes;
  EXPECT_TRUE(read(good, kBlockBytes).value() == bytes_.substr(good, kBlockBytes));
}

TEST_F(HotStore, DiscardedBytesAreNotRecalled) {
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(read());
  ASSERT_TRUE(store_->recall(id_, 0, 1));
  ASSERT_TRUE(run_sync(store_->discard(id_)));
  EXPECT_FALSE(store_->recall(id_, 0, 1));
  EXPECT_EQ(read().error().code, Code::kNotFound);
}

}  // namespace
}  // namespace muzn::blob
