#include "object/row_keys.h"
#include "object/row_values.h"
#include "unit/object/fixture.h"

namespace muzn::object::test {
namespace {

class Sweep : public ObjectTest {
 protected:
  Sweep() { bucket_ = make_bucket(kBucket).value(); }

  // What a crash leaves between the pending row and the commit.
  void leave_pending(std::uint64_t epoch, std::uint64_t sequence, bool sealed) {
    const blob::BlobId id = std::string(8, static_cast<char>(epoch)) + std::string(8, 'x');
    meta::Commit commit;
    commit.shard = bucket_.shard;
    commit.put(row::pending(epoch, sequence), row::encode_pending(id));
    ASSERT_TRUE(run_sync(rows_.commit(commit)));
    if (!sealed) return;
    auto writer = run_sync(blobs_.create(id, 0)).value();
    ASSERT_TRUE(run_sync(writer->append("abc")));
    ASSERT_TRUE(run_sync(writer->seal()));
  }
  Bucket bucket_;
};

TEST_F(Sweep, OnlyPendingsOfFencedEpochsGo) {
  leave_pending(1, 1000, true);  // this run's own: its writer may go on
  EXPECT_EQ(run_sync(store_->sweep()).value(), 0U);
  EXPECT_EQ(blobs_.count_for_test(), 1U);
  reopen();
  leave_pending(2, 1000, false);
  EXPECT_EQ(run_sync(store_->sweep()).value(), 1U);
  EXPECT_EQ(blobs_.count_for_test(), 0U);
  EXPECT_EQ(rows_of(bucket_.shard, 'p').size(), 1U);
}

TEST_F(Sweep, GarbageWaitsForReaders) {
  ASSERT_TRUE(put(kBucket, "k", std::string(100'000, 'a')));
  ASSERT_TRUE(remove(kBucket, "k"));
  clock_.advance(3599);
  EXPECT_EQ(run_sync(store_->sweep()).value(), 0U);
  clock_.advance(1);
  EXPECT_EQ(run_sync(store_->sweep()).value(), 1U);
  EXPECT_EQ(run_sync(store_->sweep()).value(), 0U);
  EXPECT_TRUE(rows_of(bucket_.shard, 'g').empty());
}

TEST_F(Sweep, HeldGarbageStays) {
  ASSERT_TRUE(put(kBucket, "k", std::string(100'000, 'a')));
  ASSERT_TRUE(make_bucket("second"));
  const auto upload = begin_upload("second", "u");
  ASSERT_TRUE(put_part(upload, 1, "part"));
  const auto aborted = begin_upload(kBucket, "aborted");
  ASSERT_TRUE(put_part(aborted, 1, "part"));
  std::optional<GarbageHold> first(store_->hold_garbage());
  std::optional<GarbageHold> second(store_->hold_garbage());
  GarbageHold moved(std::move(*second));  // counts once
  second.reset();
  ASSERT_TRUE(remove(kBucket, "k"));
  ASSERT_TRUE(run_sync(store_->abort_upload(aborted)));
  ASSERT_TRUE(run_sync(store_->delete_bucket("second")));
  clock_.advance(100'000);
  EXPECT_EQ(run_sync(store_->sweep()).value(), 0U);
  EXPECT_EQ(blobs_.count_for_test(), 3U);
  first.reset();
  EXPECT_EQ(run_sync(store_->sweep()).value(), 0U);
  {
    const GarbageHold last(std::move(moved));
  }
  EXPECT_EQ(run_sync(store_->sweep()).value(), 3U);
  EXPECT_EQ(blobs_.count_for_test(), 0U);
}

TEST_F(Sweep, PendingsGoWhileGarbageIsHeld) {
  leave_pending(1, 1000, true);
  reopen();
  const GarbageHold hold = store_->hold_garbage();
  EXPECT_EQ(run_sync(store_->sweep()).value(), 1U);
}

TEST_F(Sweep, PublishedBlobsSurviveReopening) {
  ASSERT_TRUE(put(kBucket, "k", std::string(100'000, 'a')));
  const auto upload = begin_upload(kBucket, "u");
  ASSERT_TRUE(put_part(upload, 1, "part"));
  reopen();
  clock_.advance(100'000);
  EXPECT_EQ(run_sync(store_->sweep()).value(), 0U);
  EXPECT_EQ(blobs_.count_for_test(), 2U);
  EXPECT_EQ(get(kBucket, "k").size(), 100'000U);
}

TEST_F(Sweep, NewerFormatIsRefused) {
  meta::Commit commit;
  commit.shard = meta::kNodeShard;
  commit.put(row::node_format(), row::encode_number(2));
  ASSERT_TRUE(run_sync(rows_.commit(commit)));
  const auto opened = run_sync(open_store(rows_, blobs_, pool_, clock_, rng_, {}));
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::kInvalid);
}

}  // namespace
}  // namespace muzn::object::test
