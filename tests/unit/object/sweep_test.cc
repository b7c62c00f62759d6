#include <functional>
#include <set>
#include <utility>

#include "codec/base64.h"
#include "object/row_keys.h"
#include "object/row_values.h"
#include "unit/meta/forwarding_store.h"
#include "unit/object/fixture.h"

namespace muzn::object::test {
namespace {

// Puts blobs on volumes 0 and 1 in turn; one of them may be down.
class TwoVolumes final : public blob::Store {
 public:
  explicit TwoVolumes(blob::Store& below) : below_(below) {}
  std::set<int> down;

  std::uint8_t place(std::uint64_t, const blob::VolumeSet*) override { return turn_++ % 2; }
  Result<void> check_up(const blob::BlobId& id) const override {
    if (!down.contains(blob::volume_of(id))) return {};
    return fail(Code::kUnavailable, "this volume is down");
  }
  Task<Result<std::unique_ptr<blob::Writer>>> create(blob::BlobId id, std::uint64_t hint,
                                                     policy::Permit permit) override {
    CO_TRY_VOID(check_up(id));
    co_return co_await below_.create(std::move(id), hint, permit);
  }
  Task<Result<std::unique_ptr<blob::Reader>>> open(blob::BlobId id) override {
    CO_TRY_VOID(check_up(id));
    co_return co_await below_.open(std::move(id));
  }
  Task<Result<void>> discard(blob::BlobId id) override {
    CO_TRY_VOID(check_up(id));
    co_return co_await below_.discard(std::move(id));
  }
  blob::BlobFigures figures() const override { return below_.figures(); }

 private:
  blob::Store& below_;
  std::uint8_t turn_ = 0;
};

class SweepOfVolumes : public ObjectTest {
 protected:
  SweepOfVolumes() {
    restart();
    bucket_ = make_bucket(kBucket).value();
  }
  void restart() {
    store_.reset();
    store_ = run_sync(open_store(rows_, volumes_, pool_, clock_, rng_, {})).value();
  }
  // A blob on volume 0, and one on volume 1.
  void put_pair(const std::string& name) {
    for (const char* end : {"0", "1"}) {
      ASSERT_TRUE(put(kBucket, name + end, std::string(100'000, 'a')));
    }
  }

  TwoVolumes volumes_{blobs_};
  Bucket bucket_;
};

TEST_F(SweepOfVolumes, ADownVolumeKeepsItsRowsAndNobodyElses) {
  put_pair("first");
  put_pair("second");
  for (const char* key : {"first0", "first1", "second0", "second1"}) {
    ASSERT_TRUE(remove(kBucket, key));
  }
  clock_.advance(3600);
  volumes_.down = {1};
  EXPECT_EQ(run_sync(store_->sweep()).error().code, Code::kUnavailable);
  EXPECT_EQ(blobs_.count_for_test(), 2U) << "those of volume 0 went";
  EXPECT_EQ(rows_of(bucket_.shard, 'g').size(), 2U);
  volumes_.down = {};
  EXPECT_EQ(run_sync(store_->sweep()).value(), 2U);
  EXPECT_EQ(blobs_.count_for_test(), 0U);
  EXPECT_TRUE(rows_of(bucket_.shard, 'g').empty());
}

TEST_F(SweepOfVolumes, APendingRowGoesAfterItsBlob) {
  const blob::BlobId id = blob::make_id(1, 1, "random 8");
  meta::Commit commit;
  commit.shard = bucket_.shard;
  commit.put(row::pending(1, 1000), row::encode_pending(id));
  ASSERT_TRUE(run_sync(rows_.commit(std::move(commit))));
  auto writer = run_sync(volumes_.create(id, 0, *policy::may_send({}, {}))).value();
  ASSERT_TRUE(run_sync(writer->append("abc")));
  ASSERT_TRUE(run_sync(writer->seal()));
  restart();
  volumes_.down = {1};
  EXPECT_FALSE(run_sync(store_->sweep()));
  EXPECT_EQ(rows_of(bucket_.shard, 'p').size(), 1U) << "nothing else names the blob";
  volumes_.down = {};
  EXPECT_EQ(run_sync(store_->sweep()).value(), 1U);
  EXPECT_EQ(blobs_.count_for_test(), 0U);
  EXPECT_TRUE(rows_of(bucket_.shard, 'p').empty());
}

TEST_F(SweepOfVolumes, ADeadShardWaitsForAllItsVolumes) {
  const auto upload = begin_upload(kBucket, "u");
  for (const int number : {1, 2, 3, 4}) ASSERT_TRUE(put_part(upload, number, "part"));
  put_pair("other");
  for (const char* key : {"other0", "other1"}) ASSERT_TRUE(remove(kBucket, key));
  ASSERT_TRUE(run_sync(store_->delete_bucket(kBucket)));
  ASSERT_TRUE(make_bucket("another"));
  ASSERT_TRUE(put(std::string("another"), "k", std::string(100'000, 'a')));
  ASSERT_TRUE(remove("another", "k"));
  clock_.advance(100'000);
  volumes_.down = {1};
  EXPECT_FALSE(run_sync(store_->sweep()));
  EXPECT_EQ(blobs_.count_for_test(), 5U) << "the other bucket's went";
  EXPECT_EQ(rows_of(bucket_.shard, 'P').size(), 4U) << "the rows that name them stay";
  volumes_.down = {};
  EXPECT_TRUE(run_sync(store_->sweep()));
  EXPECT_EQ(blobs_.count_for_test(), 0U);
  EXPECT_TRUE(rows_of(bucket_.shard, 'P').empty());
}

TEST_F(SweepOfVolumes, ReadsSayUnavailableBeforeAByteLeft) {
  put_pair("k");
  const auto upload = begin_upload(kBucket, "parts");
  const std::string piece(5 << 20, 'p');
  CompleteArgs args;
  args.upload = upload;
  for (const int number : {1, 2}) {
    const auto part = put_part(upload, number, piece).value();
    args.parts.push_back({number, codec::hex_encode(part.md5), std::nullopt});
  }
  ASSERT_TRUE(run_sync(store_->complete_upload(args)));
  volumes_.down = {1};
  EXPECT_EQ(get(kBucket, "k0").size(), 100'000U);
  auto lost = open(kBucket, "k1").value();
  EXPECT_EQ(run_sync(lost->bytes(0, 10)).error().code, Code::kUnavailable);
  auto half = open(kBucket, "parts").value();
  EXPECT_EQ(read(*half, 0, 10), "pppppppppp");
  EXPECT_EQ(run_sync(half->bytes(0, 2 * piece.size())).error().code, Code::kUnavailable);
}

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
    auto writer = run_sync(blobs_.create(id, 0, *policy::may_send({}, {}))).value();
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

TEST_F(Sweep, ADeadBucketWaitsForItsWriters) {
  leave_pending(1, 1000, true);  // this run's own
  ASSERT_TRUE(run_sync(store_->delete_bucket(kBucket)));
  clock_.advance(100'000);
  EXPECT_EQ(run_sync(store_->sweep()).value(), 0U);
  EXPECT_EQ(blobs_.count_for_test(), 1U);
  EXPECT_EQ(rows_of(bucket_.shard, 'p').size(), 1U);
  reopen();
  EXPECT_EQ(run_sync(store_->sweep()).value(), 1U);
  EXPECT_TRUE(rows_of(bucket_.shard, 'p').empty());
}

TEST_F(Sweep, WhatNobodyReadsGoesAtOnce) {
  for (const char fill : {'a', 'b', 'c'}) {
    ASSERT_TRUE(put(kBucket, "k", std::string(100'000, fill)));
  }
  EXPECT_EQ(run_sync(store_->sweep()).value(), 2U);
  EXPECT_EQ(blobs_.count_for_test(), 1U);
  EXPECT_TRUE(rows_of(bucket_.shard, 'g').empty());
  EXPECT_EQ(get(kBucket, "k"), std::string(100'000, 'c'));
}

TEST_F(Sweep, WhatIsReadStaysUntilItsLastSourceIsGone) {
  ASSERT_TRUE(put(kBucket, "k", std::string(100'000, 'a')));
  auto opened = open(kBucket, "k").value();
  ASSERT_TRUE(put(kBucket, "k", std::string(100'000, 'b')));
  EXPECT_EQ(run_sync(store_->sweep()).value(), 0U);
  auto source = run_sync(opened->bytes(0, 100'000)).value();
  opened.reset();
  EXPECT_EQ(run_sync(store_->sweep()).value(), 0U);
  EXPECT_EQ(run_sync(read_all(*source, 100'000)).value(), std::string(100'000, 'a'));
  source.reset();
  EXPECT_EQ(run_sync(store_->sweep()).value(), 1U);
}

TEST_F(Sweep, PartsThatAreReadStay) {
  const auto upload = begin_upload(kBucket, "k");
  CompleteArgs args;
  args.upload = upload;
  const auto part = put_part(upload, 1, std::string(100'000, 'p')).value();
  args.parts.push_back({1, codec::hex_encode(part.md5), std::nullopt});
  ASSERT_TRUE(run_sync(store_->complete_upload(args)));
  auto opened = open(kBucket, "k").value();
  ASSERT_TRUE(remove(kBucket, "k"));
  EXPECT_EQ(run_sync(store_->sweep()).value(), 0U);
  EXPECT_EQ(read(*opened, 0, 100'000), std::string(100'000, 'p'));
  EXPECT_EQ(run_sync(opened->parts()).value().size(), 1U);
  opened.reset();
  EXPECT_EQ(run_sync(store_->sweep()).value(), 1U);
}

TEST_F(Sweep, WhoReadsForTooLongLosesIt) {
  ASSERT_TRUE(put(kBucket, "k", std::string(100'000, 'a')));
  auto opened = open(kBucket, "k").value();
  ASSERT_TRUE(remove(kBucket, "k"));
  clock_.advance(3600);
  EXPECT_EQ(run_sync(store_->sweep()).value(), 1U);
}

TEST_F(Sweep, GarbageWaitsForReadersOfOtherNodes) {
  reopen({.knows_all_readers = false});
  ASSERT_TRUE(put(kBucket, "k", std::string(100'000, 'a')));
  ASSERT_TRUE(remove(kBucket, "k"));
  clock_.advance(3599);
  EXPECT_EQ(run_sync(store_->sweep()).value(), 0U);
  clock_.advance(1);
  EXPECT_EQ(run_sync(store_->sweep()).value(), 1U);
  EXPECT_EQ(run_sync(store_->sweep()).value(), 0U);
  EXPECT_TRUE(rows_of(bucket_.shard, 'g').empty());
}

TEST_F(Sweep, ADeletedBucketStaysWhileItsObjectsAreRead) {
  ASSERT_TRUE(put(kBucket, "k", std::string(100'000, 'a')));
  auto opened = open(kBucket, "k").value();
  ASSERT_TRUE(remove(kBucket, "k"));
  ASSERT_TRUE(run_sync(store_->delete_bucket(kBucket)));
  for (int i = 0; i < 2; ++i) EXPECT_EQ(run_sync(store_->sweep()).value(), 0U);
  EXPECT_EQ(read(*opened, 0, 100'000), std::string(100'000, 'a'));
  EXPECT_EQ(rows_of(meta::kNamesShard, 'i').size(), 1U);
  opened.reset();
  EXPECT_EQ(run_sync(store_->sweep()).value(), 1U);
  EXPECT_TRUE(run_sync(rows_.scan(bucket_.shard, "", "", 10)).value().empty());
  EXPECT_TRUE(rows_of(meta::kNamesShard, 'i').empty());
}

TEST_F(Sweep, ManyGoInOnePass) {
  constexpr int kKeys = 600;  // more than one scan has
  for (int i = 0; i < kKeys; ++i) {
    ASSERT_TRUE(put(kBucket, "k" + std::to_string(i), std::string(20'000, 'a')));
    ASSERT_TRUE(remove(kBucket, "k" + std::to_string(i)));
  }
  EXPECT_EQ(run_sync(store_->sweep()).value(), static_cast<std::uint64_t>(kKeys));
  EXPECT_EQ(blobs_.count_for_test(), 0U);
  EXPECT_TRUE(rows_of(bucket_.shard, 'g').empty());
}

TEST_F(Sweep, ARowThatIsBrokenDoesNotKeepThoseBeforeIt) {
  ASSERT_TRUE(put(kBucket, "k", std::string(100'000, 'a')));
  ASSERT_TRUE(remove(kBucket, "k"));
  meta::Commit commit;
  commit.shard = bucket_.shard;
  commit.put(row::garbage(1, 1000), "\x7f");
  ASSERT_TRUE(run_sync(rows_.commit(std::move(commit))));
  EXPECT_FALSE(run_sync(store_->sweep()));
  EXPECT_EQ(blobs_.count_for_test(), 0U);
  EXPECT_EQ(rows_of(bucket_.shard, 'g').size(), 1U);
}

TEST_F(Sweep, FreshGarbageGoesWithoutAWholePass) {
  ASSERT_TRUE(make_bucket("second"));
  ASSERT_TRUE(put(kBucket, "read", std::string(100'000, 'a')));
  auto opened = open(kBucket, "read").value();
  ASSERT_TRUE(remove(kBucket, "read"));
  EXPECT_EQ(run_sync(store_->sweep_fresh()).value(), 0U);
  for (const char* bucket : {kBucket, "second"}) {
    ASSERT_TRUE(put(bucket, "k", std::string(100'000, 'a')));
    ASSERT_TRUE(put(bucket, "k", std::string(100'000, 'b')));
  }
  EXPECT_EQ(run_sync(store_->sweep_fresh()).value(), 2U);
  clock_.advance(3);
  EXPECT_EQ(run_sync(store_->sweep_fresh()).value(), 0U);
  opened.reset();
  EXPECT_EQ(run_sync(store_->sweep_fresh()).value(), 0U)
      << "what is left of long ago: a whole pass's";
  EXPECT_EQ(run_sync(store_->sweep()).value(), 1U);
  EXPECT_EQ(blobs_.count_for_test(), 2U);
}

TEST_F(Sweep, WhatWasFreshIsLookedAtAgainForAWhile) {
  ASSERT_TRUE(put(kBucket, "k", std::string(100'000, 'a')));
  auto opened = open(kBucket, "k").value();
  ASSERT_TRUE(remove(kBucket, "k"));
  EXPECT_EQ(run_sync(store_->sweep()).value(), 0U);
  clock_.advance(1);
  EXPECT_EQ(run_sync(store_->sweep_fresh()).value(), 0U);
  opened.reset();
  clock_.advance(1);
  EXPECT_EQ(run_sync(store_->sweep_fresh()).value(), 1U);
}

TEST_F(Sweep, FreshGarbageThatIsHeldIsNotForgotten) {
  ASSERT_TRUE(put(kBucket, "k", std::string(100'000, 'a')));
  ASSERT_TRUE(remove(kBucket, "k"));
  std::optional<GarbageHold> hold(store_->hold_garbage());
  EXPECT_EQ(run_sync(store_->sweep_fresh()).value(), 0U);
  hold.reset();
  EXPECT_EQ(run_sync(store_->sweep_fresh()).value(), 1U);
}

// Rows with a moment for others right after the one of `key` was read.
class LateRows final : public meta::ForwardingStore {
 public:
  explicit LateRows(meta::Store& rows) : ForwardingStore(rows) {}
  std::string key;
  std::function<void()> after_get;  // once

  Task<Result<std::optional<std::string>>> get(meta::ShardId shard, std::string row_key) override {
    const bool is_it = row_key == key;
    auto out = co_await below().get(shard, std::move(row_key));
    if (is_it) {
      if (auto now = std::exchange(after_get, {})) now();
    }
    co_return out;
  }
};

// A reader has found a version; before it holds that, another replaces it and a pass comes by.
TEST_F(Sweep, WhatSomebodyIsAboutToHoldStays) {
  LateRows late(rows_);
  store_ = run_sync(open_store(late, blobs_, pool_, clock_, rng_, {})).value();
  ASSERT_TRUE(put(kBucket, "blob", std::string(100'000, 'a')));
  const auto upload = begin_upload(kBucket, "parts");
  const auto part = put_part(upload, 1, std::string(100'000, 'a')).value();
  CompleteArgs args;
  args.upload = upload;
  args.parts = {{1, codec::hex_encode(part.md5), std::nullopt}};
  ASSERT_TRUE(run_sync(store_->complete_upload(args)));
  for (const std::string key : {"blob", "parts"}) {
    late.key = row::head(key);
    late.after_get = [&] {
      ASSERT_TRUE(put(kBucket, key, "small"));
      EXPECT_EQ(run_sync(store_->sweep_fresh()).value(), 0U);
      EXPECT_EQ(run_sync(store_->sweep()).value(), 0U);
    };
    auto opened = open(kBucket, key).value();
    EXPECT_FALSE(late.after_get) << "or it proves nothing";
    EXPECT_EQ(run_sync(store_->sweep()).value(), 0U);
    EXPECT_EQ(read(*opened, 0, 100'000), std::string(100'000, 'a'));
    opened.reset();
    EXPECT_EQ(run_sync(store_->sweep()).value(), 1U);
    EXPECT_EQ(get(kBucket, key), "small");
  }
  store_.reset();
}

class Host final : public SweepHost {
 public:
  void made_garbage(std::uint64_t bytes) override { made += bytes; }
  bool spend(std::int64_t) override { return ++steps < steps_max; }

  std::uint64_t made = 0;
  int steps = 0;
  int steps_max = 1000;
};

TEST_F(Sweep, ItsHostIsToldAndCanEndIt) {
  Host host;
  StoreOptions options;
  options.sweep_host = &host;
  reopen(options);
  const auto upload = begin_upload(kBucket, "parts");
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(put_part(upload, 1, std::string(1000, 'p')));
  EXPECT_EQ(host.made, 1000U);
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(put(kBucket, "k", std::string(20'000, 'a')));
  EXPECT_EQ(host.made, 1000 + 99 * 20'000U);
  host.steps_max = 1;
  const std::uint64_t first = run_sync(store_->sweep()).value();
  EXPECT_GT(first, 0U);
  EXPECT_LT(first, 100U);
  EXPECT_EQ(rows_of(bucket_.shard, 'g').size(), 100 - first) << "a row goes with its blob";
  host.steps_max = 1000;
  EXPECT_EQ(run_sync(store_->sweep()).value(), 100 - first);
  EXPECT_EQ(blobs_.count_for_test(), 2U);
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
