// A lock that can't be read is no lock that is not there: whichever read fails, what is locked
// stays.
#include "meta/mem_store.h"
#include "unit/meta/forwarding_store.h"
#include "unit/object/fixture.h"

namespace muzn::object {
namespace {

using namespace test;

// The read of this number from now on fails, as of a disk that is rotten there; 0 = none.
class RottenRows final : public meta::ForwardingStore {
 public:
  RottenRows() : ForwardingStore(rows_) {}

  Task<Result<std::optional<std::string>>> get(meta::ShardId shard, std::string key) override {
    if (fails()) co_return fail(Code::kCorrupt, "rotten");
    co_return co_await below().get(shard, std::move(key));
  }
  Task<Result<std::vector<meta::Row>>> scan(meta::ShardId shard, std::string from, std::string to,
                                            std::size_t limit) override {
    if (fails()) co_return fail(Code::kCorrupt, "rotten");
    co_return co_await below().scan(shard, std::move(from), std::move(to), limit);
  }
  Task<Result<std::vector<meta::Row>>> scan_back(meta::ShardId shard, std::string from,
                                                 std::string to, std::size_t limit) override {
    if (fails()) co_return fail(Code::kCorrupt, "rotten");
    co_return co_await below().scan_back(shard, std::move(from), std::move(to), limit);
  }

  // Counts down; true when it came to its end since.
  bool failed() const { return failing_ && left_ <= 0; }
  void fail_read(int number) {
    left_ = number;
    failing_ = number > 0;
  }

 private:
  bool fails() { return failing_ && --left_ == 0; }

  meta::MemStore rows_;
  std::atomic<int> left_ = 0;
  std::atomic<bool> failing_ = false;
};

struct UnreadLock : testing::Test {
  // Another store over the same rows: nothing is in memory.
  void reopen() {
    store.reset();
    store = run_sync(open_store(rows, blobs, pool, clock, rng, {})).value();
  }
  RottenRows rows;
  blob::MemStore blobs;
  Pool pool{2};
  FakeClock clock;
  SeededRng rng;
  std::unique_ptr<Store> store;
};

TEST_F(UnreadLock, GHSA_j548_9grx_fh4f_HoldsAllTheSame) {
  reopen();
  CreateBucket bucket;
  bucket.name = "bucket";
  bucket.owner = "111111111111";
  bucket.region = "eu-test-1";
  bucket.object_lock = true;
  ASSERT_TRUE(run_sync(store->create_bucket(std::move(bucket))));
  PutArgs args;
  args.bucket = "bucket";
  args.key = "k";
  args.owner = "111111111111";
  args.size_max = 1U << 20;
  args.lock = {.retention = {}, .hold = LegalHold::kOn};
  StringSource source("kept");
  Verifier verifier;
  const std::string version =
      run_sync(store->put(std::move(args), source, verifier)).value().version_id;

  RemoveArgs removal;
  removal.bucket = "bucket";
  removal.key = "k";
  removal.version_id = version;
  int rotten = 0;
  for (int number = 1; number <= 40; ++number) {
    for (const bool bypass : {false, true}) {
      reopen();
      removal.bypass_governance = bypass;
      rows.fail_read(number);
      EXPECT_FALSE(run_sync(store->remove(removal))) << number;
      rotten += static_cast<int>(rows.failed());
      rows.fail_read(0);
    }
    reopen();
    rows.fail_read(number);
    EXPECT_FALSE(run_sync(store->delete_bucket("bucket"))) << number;
    rows.fail_read(number);
    static_cast<void>(run_sync(store->sweep()));
    rows.fail_read(0);
    reopen();
    const auto still = run_sync(store->open("bucket", "k", version));
    ASSERT_TRUE(still) << number;
  }
  EXPECT_GT(rotten, 1) << "no read of a removal failed";
}

}  // namespace
}  // namespace muzn::object
