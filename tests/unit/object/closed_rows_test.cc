// What a store of objects answers once its rows take no more writes.
#include "meta/mem_store.h"
#include "unit/object/fixture.h"

namespace muzn::object {
namespace {

using namespace test;

// Passes on to another store of rows until it is closed for writes.
class ClosingRows final : public meta::Store {
 public:
  Task<Result<std::optional<std::string>>> get(meta::ShardId shard, std::string key) override {
    co_return co_await below_.get(shard, std::move(key));
  }
  Task<Result<std::vector<meta::Row>>> scan(meta::ShardId shard, std::string from, std::string to,
                                            std::size_t limit) override {
    co_return co_await below_.scan(shard, std::move(from), std::move(to), limit);
  }
  Task<Result<std::vector<meta::Row>>> scan_back(meta::ShardId shard, std::string from,
                                                 std::string to, std::size_t limit) override {
    co_return co_await below_.scan_back(shard, std::move(from), std::move(to), limit);
  }
  Task<Result<void>> commit(meta::Commit commit) override {
    if (closed) co_return fail(Code::kUnavailable, "closed for writes");
    co_return co_await below_.commit(std::move(commit));
  }
  Task<Result<void>> destroy(meta::ShardId shard) override {
    co_return co_await below_.destroy(shard);
  }
  meta::StoreFigures figures() const override { return below_.figures(); }

  std::atomic<bool> closed = false;

 private:
  meta::MemStore below_;
};

// A put that the disk failed to sync may be back after a restart: so "it is gone" is no answer of
// a store that failed, not even for what can't be seen there.
TEST(ClosedRows, RemovalOfWhatIsNotThereIsNotAcknowledged) {
  ClosingRows rows;
  blob::MemStore blobs;
  Pool pool(2);
  FakeClock clock;
  SeededRng rng;
  auto store = run_sync(open_store(rows, blobs, pool, clock, rng, {})).value();
  CreateBucket bucket;
  bucket.name = "bucket";
  bucket.owner = "111111111111";
  bucket.region = "eu-test-1";
  ASSERT_TRUE(run_sync(store->create_bucket(std::move(bucket))));
  RemoveArgs absent;
  absent.bucket = "bucket";
  absent.key = "absent";
  EXPECT_TRUE(run_sync(store->remove(absent)));
  rows.closed = true;
  const auto removed = run_sync(store->remove(absent));
  ASSERT_FALSE(removed);
  EXPECT_EQ(removed.error().code, Code::kUnavailable);
}

}  // namespace
}  // namespace muzn::object
