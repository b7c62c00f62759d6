// What a store of objects answers once its rows take no more writes.
#include "meta/mem_store.h"
#include "unit/meta/forwarding_store.h"
#include "unit/object/fixture.h"

namespace muzn::object {
namespace {

using namespace test;

// Passes on to another store of rows until it is closed for writes.
class ClosingRows final : public meta::ForwardingStore {
 public:
  ClosingRows() : ForwardingStore(rows_) {}

  Task<Result<void>> commit(meta::Commit commit) override {
    if (closed) co_return fail(Code::kUnavailable, "closed for writes");
    co_return co_await below().commit(std::move(commit));
  }

  std::atomic<bool> closed = false;

 private:
  meta::MemStore rows_;
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
