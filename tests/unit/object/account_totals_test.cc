// Sums of what accounts store: they equal a count of all buckets at any moment, and what did not
// change is not read again.
#include "object/account_totals.h"

#include <thread>

#include "unit/object/fixture.h"

namespace muzn::object::test {
namespace {

constexpr char kOwner[] = "111111111111";
constexpr char kOther[] = "222222222222";

class TotalsOfAccounts : public ObjectTest {
 protected:
  Usage total(const std::string& owner = kOwner) {
    return run_sync(store_->account_usage(owner)).value();
  }
  Usage recount(const std::string& owner = kOwner) {
    Usage out;
    const auto page = run_sync(store_->list_buckets(owner, "", "", 10'000)).value();
    for (const Bucket& one : page.buckets) out += run_sync(store_->usage(one.name)).value();
    return out;
  }
};

TEST_F(TotalsOfAccounts, EqualACountOfAllBuckets) {
  std::mt19937_64 random(7);
  const auto pick = [&random](std::size_t count) { return random() % count; };
  std::vector<UploadRef> uploads;
  for (int step = 0; step < 2'000; ++step) {
    const std::string bucket = "b" + std::to_string(pick(6));
    const std::string key = "k" + std::to_string(pick(3));
    const std::size_t size = pick(3) == 0 ? 40'000 : pick(100);
    switch (pick(9)) {
      case 0:
        make_bucket(bucket, pick(3) == 0 ? kOther : kOwner);
        break;
      case 1:
        run_sync(store_->delete_bucket(bucket));
        break;
      case 2:
      case 3:
        put(bucket, key, std::string(size, 'x'));
        break;
      case 4:
        remove(bucket, key);
        break;
      case 5:
        if (run_sync(store_->get_bucket(bucket))) uploads.push_back(begin_upload(bucket, key));
        break;
      case 6:
        if (uploads.empty()) break;
        put_part(uploads[pick(uploads.size())], 1 + static_cast<int>(pick(3)),
                 std::string(size, 'p'));
        break;
      case 7:
        if (uploads.empty()) break;
        run_sync(store_->abort_upload(uploads[pick(uploads.size())]));
        break;
      default:
        if (pick(10) == 0) {
          ASSERT_TRUE(run_sync(store_->sweep()));
        } else if (pick(20) == 0) {
          reopen();
        }
    }
    if (pick(4) == 0) ASSERT_EQ(total(), recount()) << step;
    if (pick(50) == 0) ASSERT_EQ(total(kOther), recount(kOther)) << step;
  }
}

// Rows that count what is read of them, shard by shard.
class CountedRows final : public meta::Store {
 public:
  explicit CountedRows(meta::Store& below) : below_(below) {}
  Task<Result<std::optional<std::string>>> get(meta::ShardId shard, std::string key) override {
    ++reads;
    return below_.get(shard, std::move(key));
  }
  Task<Result<std::vector<meta::Row>>> scan(meta::ShardId shard, std::string from, std::string to,
                                            std::size_t limit) override {
    ++reads;
    if (failing) {
      return Task<Result<std::vector<meta::Row>>>::ready(fail(Code::kUnavailable, "a bad day"));
    }
    return below_.scan(shard, std::move(from), std::move(to), limit);
  }
  Task<Result<std::vector<meta::Row>>> scan_back(meta::ShardId shard, std::string from,
                                                 std::string to, std::size_t limit) override {
    return below_.scan_back(shard, std::move(from), std::move(to), limit);
  }
  Task<Result<void>> commit(meta::Commit commit) override {
    return below_.commit(std::move(commit));
  }
  Task<Result<void>> destroy(meta::ShardId shard) override { return below_.destroy(shard); }
  meta::StoreFigures figures() const override { return below_.figures(); }

  std::atomic<int> reads = 0;
  std::atomic<bool> failing = false;

 private:
  meta::Store& below_;
};

class CountedTotals : public ObjectTest {
 protected:
  CountedTotals() {
    store_ = run_sync(open_store(counted_, blobs_, pool_, clock_, rng_, {})).value();
  }
  CountedRows counted_{rows_};
};

TEST_F(CountedTotals, CostWhatHasChanged) {
  constexpr int kBuckets = 300;
  for (int i = 0; i < kBuckets; ++i) {
    const std::string name = "b" + std::to_string(i);
    ASSERT_TRUE(make_bucket(name, kOwner));
    ASSERT_TRUE(put(name, "k", "abc"));
  }
  const auto total = [this] { return run_sync(store_->account_usage(kOwner)).value().bytes; };
  EXPECT_EQ(total(), 3 * kBuckets);
  counted_.reads = 0;
  EXPECT_EQ(total(), 3 * kBuckets);
  EXPECT_EQ(counted_.reads, 0) << "nothing has changed";
  ASSERT_TRUE(put("b7", "k", "abcd"));
  ASSERT_TRUE(put("b7", "l", "abcd"));
  counted_.reads = 0;
  EXPECT_EQ(total(), 3 * kBuckets + 5);
  EXPECT_LE(counted_.reads, 2);
  // What could not be read is not forgotten.
  ASSERT_TRUE(put("b8", "l", "abcd"));
  counted_.failing = true;
  EXPECT_FALSE(run_sync(store_->account_usage(kOwner)));
  counted_.failing = false;
  EXPECT_EQ(total(), 3 * kBuckets + 9);
}

// Many ask while others write: nobody hangs, and in the end the sum is right.
TEST_F(TotalsOfAccounts, ManyAtOnce) {
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(make_bucket("b" + std::to_string(i), kOwner));
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this, t] {
      for (int i = 0; i < 300; ++i) {
        EXPECT_TRUE(put("b" + std::to_string(i % 50), std::to_string(t),
                        std::string(static_cast<std::size_t>(i), 'x')));
        EXPECT_TRUE(run_sync(store_->account_usage(kOwner)));
      }
    });
  }
  for (std::thread& one : threads) one.join();
  EXPECT_EQ(total(), recount());
}

}  // namespace
}  // namespace muzn::object::test
