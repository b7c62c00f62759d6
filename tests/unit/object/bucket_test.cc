#include "object/row_keys.h"
#include "object/row_values.h"
#include "unit/object/fixture.h"

namespace muzn::object::test {
namespace {

using Buckets = ObjectTest;

TEST_F(Buckets, CreateGetDelete) {
  const auto made = make_bucket(kBucket);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->shard, meta::kFirstBucketShard);
  EXPECT_EQ(made->id.size(), 16U);
  const auto got = run_sync(store_->get_bucket(kBucket));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->id, made->id);
  EXPECT_EQ(got->region, "eu-test-1");
  EXPECT_TRUE(fails(make_bucket(kBucket), Fault::kBucketOwnedByYou));
  EXPECT_TRUE(fails(make_bucket(kBucket, "222222222222"), Fault::kBucketExists));
  EXPECT_TRUE(run_sync(store_->delete_bucket(kBucket)));
  EXPECT_TRUE(fails(run_sync(store_->get_bucket(kBucket)), Fault::kNoSuchBucket));
  EXPECT_TRUE(fails(run_sync(store_->delete_bucket(kBucket)), Fault::kNoSuchBucket));
  const auto again = make_bucket(kBucket, "222222222222");
  ASSERT_TRUE(again);
  EXPECT_NE(again->id, made->id);
  EXPECT_NE(again->shard, made->shard);
}

TEST_F(Buckets, DeleteWantsItEmptyAndThenItWorksOn) {
  ASSERT_TRUE(make_bucket(kBucket));
  ASSERT_TRUE(put(kBucket, "k", "a"));
  EXPECT_TRUE(fails(run_sync(store_->delete_bucket(kBucket)), Fault::kBucketNotEmpty));
  EXPECT_TRUE(put(kBucket, "k", "b"));
  EXPECT_TRUE(rows_of(meta::kNamesShard, 'i').empty());
  ASSERT_TRUE(remove(kBucket, "k"));
  EXPECT_TRUE(run_sync(store_->delete_bucket(kBucket)));
}

TEST_F(Buckets, SweepGivesBackADeletedBucket) {
  const auto bucket = make_bucket(kBucket).value();
  ASSERT_TRUE(put(kBucket, "k", std::string(100'000, 'a')));
  ASSERT_TRUE(remove(kBucket, "k"));
  const auto upload = begin_upload(kBucket, "u");
  ASSERT_TRUE(put_part(upload, 1, "part"));
  ASSERT_TRUE(run_sync(store_->delete_bucket(kBucket)));
  EXPECT_EQ(run_sync(store_->sweep()).value(), 2U);
  EXPECT_EQ(blobs_.count_for_test(), 0U);
  EXPECT_TRUE(run_sync(rows_.scan(bucket.shard, "", "", 10)).value().empty());
  EXPECT_TRUE(rows_of(meta::kNamesShard, 'i').empty());
}

TEST_F(Buckets, ListsAnOwnersBucketsInPages) {
  for (const char* name : {"b-one", "b-two", "c", "a"}) ASSERT_TRUE(make_bucket(name));
  ASSERT_TRUE(make_bucket("b-other", "222222222222"));
  const auto names = [this](std::string prefix, std::string after, std::size_t limit) {
    const auto page = run_sync(store_->list_buckets("111111111111", prefix, after, limit)).value();
    std::string out;
    for (const auto& bucket : page.buckets) out += bucket.name + " ";
    return out + (page.truncated ? "+" : "");
  };
  EXPECT_EQ(names("", "", 100), "a b-one b-two c ");
  EXPECT_EQ(names("", "", 4), "a b-one b-two c ");
  EXPECT_EQ(names("", "", 2), "a b-one +");
  EXPECT_EQ(names("", "b-one", 2), "b-two c ");
  EXPECT_EQ(names("b-", "", 10), "b-one b-two ");
  EXPECT_EQ(names("b-", "b-one", 10), "b-two ");
  EXPECT_EQ(names("", "zz", 10), "");
}

// What a crash leaves between two steps of a delete or a create is finished by whoever meets it.
class HalfDone : public ObjectTest {
 protected:
  HalfDone() { bucket_ = make_bucket(kBucket).value(); }
  void set_state(row::ShardState state) {
    const auto raw = run_sync(rows_.get(bucket_.shard, row::shard())).value().value();
    row::Shard shard = row::decode_shard(raw).value();
    shard.state = state;
    meta::Commit commit;
    commit.shard = bucket_.shard;
    commit.put(row::shard(), row::encode(shard));
    ASSERT_TRUE(run_sync(rows_.commit(commit)));
  }
  Bucket bucket_;
};

TEST_F(HalfDone, WriterOpensASealedShardThatIsNotEmpty) {
  ASSERT_TRUE(put(kBucket, "k", "a"));
  set_state(row::ShardState::kSealed);
  EXPECT_TRUE(put(kBucket, "l", "b"));
}

TEST_F(HalfDone, WriterFinishesTheDeleteOfAnEmptyOne) {
  set_state(row::ShardState::kSealed);
  EXPECT_TRUE(fails(put(kBucket, "l", "b"), Fault::kNoSuchBucket));
  EXPECT_TRUE(fails(run_sync(store_->get_bucket(kBucket)), Fault::kNoSuchBucket));
  EXPECT_EQ(rows_of(meta::kNamesShard, 'i').size(), 1U);
}

TEST_F(HalfDone, SweepFinishesBoth) {
  set_state(row::ShardState::kDead);
  ASSERT_TRUE(run_sync(store_->sweep()));
  EXPECT_TRUE(fails(run_sync(store_->get_bucket(kBucket)), Fault::kNoSuchBucket));
  EXPECT_TRUE(make_bucket(kBucket));
}

TEST_F(HalfDone, CreateFinishesADeadNamesakeFirst) {
  set_state(row::ShardState::kDead);
  EXPECT_TRUE(make_bucket(kBucket, "222222222222"));
}

TEST_F(HalfDone, SweepDestroysAShardThatNeverGotItsName) {
  row::Intent intent;
  intent.epoch = 1;
  intent.shard = 5000;
  intent.bucket_name = "never";
  meta::Commit names;
  names.shard = meta::kNamesShard;
  names.put(row::intent(5000), row::encode(intent));
  ASSERT_TRUE(run_sync(rows_.commit(names)));
  meta::Commit shard;
  shard.shard = 5000;
  shard.put(row::shard(), row::encode(row::Shard{}));
  ASSERT_TRUE(run_sync(rows_.commit(shard)));
  ASSERT_TRUE(run_sync(store_->sweep()));  // this epoch's own: its creator may go on
  EXPECT_FALSE(run_sync(rows_.scan(5000, "", "", 1)).value().empty());
  reopen();
  ASSERT_TRUE(run_sync(store_->sweep()));
  EXPECT_TRUE(run_sync(rows_.scan(5000, "", "", 1)).value().empty());
  EXPECT_TRUE(rows_of(meta::kNamesShard, 'i').empty());
}

}  // namespace
}  // namespace muzn::object::test
