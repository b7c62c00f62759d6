// Locked versions in a store: nothing takes them away, and their time outlives runs and clocks.
#include "codec/base64.h"
#include "object/row_keys.h"
#include "object/row_values.h"
#include "unit/object/fixture.h"

namespace muzn::object::test {
namespace {

constexpr std::int64_t kDay = 86'400;

class Locked : public ObjectTest {
 protected:
  Locked() {
    CreateBucket args;
    args.name = kBucket;
    args.owner = "111111111111";
    args.region = "eu-test-1";
    args.object_lock = true;
    bucket_ = run_sync(store_->create_bucket(args)).value();
  }

  std::string put_locked(Lock lock, std::optional<DefaultRetention> rule = std::nullopt) {
    PutArgs args = put_args(kBucket, "k");
    args.lock = lock;
    args.default_retention = rule;
    StringSource source("kept");
    Verifier verifier;
    return run_sync(store_->put(std::move(args), source, verifier)).value().version_id;
  }
  Retention for_days(RetentionMode mode, std::int64_t days) {
    return {.mode = mode, .until = whole(clock_.now() + std::chrono::days(days))};
  }
  Outcome<Removed> remove_version(std::string version, bool bypass = false) {
    RemoveArgs args;
    args.bucket = kBucket;
    args.key = "k";
    args.version_id = std::move(version);
    args.bypass_governance = bypass;
    return run_sync(store_->remove(std::move(args)));
  }
  Outcome<Version> amend_version(std::string version, Retention retention, bool bypass = false) {
    AmendArgs args;
    args.bucket = kBucket;
    args.key = "k";
    args.version_id = std::move(version);
    args.retention = retention;
    args.bypass_governance = bypass;
    return run_sync(store_->amend(std::move(args)));
  }
  Lock lock_of(const std::string& version) {
    return open(kBucket, "k", version).value()->version().lock;
  }
  std::optional<std::string> lock_time_row() {
    return run_sync(rows_.get(meta::kNodeShard, row::node_lock_time())).value();
  }

  Bucket bucket_;
};

TEST_F(Locked, IsNotTakenAway) {
  const std::string version = put_locked({.retention = for_days(RetentionMode::kCompliance, 1)});
  EXPECT_TRUE(fails(remove_version(version), Fault::kLocked));
  EXPECT_TRUE(fails(remove_version(version, true), Fault::kLocked));
  ASSERT_TRUE(remove(kBucket, "k"));  // a marker above it
  ASSERT_TRUE(put(kBucket, "k", "newer"));
  EXPECT_TRUE(fails(remove_version(version), Fault::kLocked));
  EXPECT_TRUE(fails(run_sync(store_->delete_bucket(kBucket)), Fault::kBucketNotEmpty));
  ASSERT_TRUE(run_sync(store_->sweep()));
  EXPECT_TRUE(open(kBucket, "k", version));
  clock_.advance(kDay);
  EXPECT_TRUE(remove_version(version));
}

TEST_F(Locked, GovernanceGoesByBypass) {
  const std::string version = put_locked({.retention = for_days(RetentionMode::kGovernance, 1)});
  EXPECT_TRUE(fails(remove_version(version), Fault::kLocked));
  EXPECT_TRUE(fails(amend_version(version, {}), Fault::kLocked));
  EXPECT_TRUE(amend_version(version, for_days(RetentionMode::kGovernance, 2)));
  EXPECT_TRUE(remove_version(version, true));
}

TEST_F(Locked, IsOnlyMadeLonger) {
  const std::string version = put_locked({.retention = for_days(RetentionMode::kCompliance, 2)});
  for (const bool bypass : {false, true}) {
    EXPECT_TRUE(fails(amend_version(version, for_days(RetentionMode::kCompliance, 1), bypass),
                      Fault::kLocked));
    EXPECT_TRUE(fails(amend_version(version, {}, bypass), Fault::kLocked));
  }
  const Retention longer = for_days(RetentionMode::kCompliance, 3);
  ASSERT_TRUE(amend_version(version, longer));
  EXPECT_EQ(lock_of(version).retention, longer);
}

TEST_F(Locked, ALegalHoldStandsUntilItIsTakenOff) {
  const std::string version = put_locked({.retention = {}, .hold = LegalHold::kOn});
  clock_.advance(1000 * kDay);
  EXPECT_TRUE(fails(remove_version(version, true), Fault::kLocked));
  AmendArgs off;
  off.bucket = kBucket;
  off.key = "k";
  off.version_id = version;
  off.legal_hold = LegalHold::kOff;
  ASSERT_TRUE(run_sync(store_->amend(std::move(off))));
  EXPECT_EQ(lock_of(version).hold, LegalHold::kOff);
  EXPECT_TRUE(remove_version(version));
}

TEST_F(Locked, TheRuleOfTheBucketCountsFromTheWrite) {
  const DefaultRetention rule{.mode = RetentionMode::kCompliance, .days = 3};
  EXPECT_EQ(lock_of(put_locked({}, rule)).retention, for_days(RetentionMode::kCompliance, 3));
  const Retention own = for_days(RetentionMode::kGovernance, 9);
  EXPECT_EQ(lock_of(put_locked({.retention = own}, rule)).retention, own);
}

TEST_F(Locked, AnUploadBringsItsLock) {
  CreateUpload args;
  args.bucket = kBucket;
  args.key = "k";
  args.owner = "111111111111";
  args.lock.hold = LegalHold::kOn;
  const Upload upload = run_sync(store_->create_upload(std::move(args))).value();
  const UploadRef ref{kBucket, "k", upload.id};
  const Part part = put_part(ref, 1, "kept").value();
  CompleteArgs complete;
  complete.upload = ref;
  complete.parts = {{.number = 1, .etag = codec::hex_encode(part.md5), .checksum = {}}};
  complete.default_retention = DefaultRetention{.mode = RetentionMode::kCompliance, .years = 1};
  const Written written = run_sync(store_->complete_upload(std::move(complete))).value();
  EXPECT_EQ(lock_of(written.version_id),
            (Lock{.retention = for_days(RetentionMode::kCompliance, 365), .hold = LegalHold::kOn}));
}

TEST_F(Locked, TheBucketKeepsItsVersions) {
  AmendBucket suspend;
  suspend.name = kBucket;
  suspend.id = bucket_.id;
  suspend.versioning = Versioning::kSuspended;
  EXPECT_TRUE(fails(run_sync(store_->amend_bucket(suspend)), Fault::kBucketState));
  const Bucket plain = make_bucket("plain").value();
  AmendBucket lock;
  lock.name = "plain";
  lock.id = plain.id;
  lock.object_lock = true;
  EXPECT_TRUE(fails(run_sync(store_->amend_bucket(lock)), Fault::kBucketState));
  lock.versioning = Versioning::kEnabled;
  ASSERT_TRUE(run_sync(store_->amend_bucket(lock)));
  lock.object_lock = false;  // never taken away
  EXPECT_TRUE(run_sync(store_->amend_bucket(lock)).value().object_lock);
}

// The store was off while the clock went on, or was set: the lock holds on for as long again.
TEST_F(Locked, AClockThatLeapsBetweenTwoRunsEndsNoLock) {
  const std::string version = put_locked({.retention = for_days(RetentionMode::kCompliance, 1)});
  ASSERT_TRUE(run_sync(store_->sweep()));
  store_.reset();
  clock_.advance(3650 * kDay);
  reopen();
  EXPECT_TRUE(fails(remove_version(version, true), Fault::kLocked));
  clock_.advance(kDay / 2 - 1);
  EXPECT_TRUE(fails(remove_version(version), Fault::kLocked));
  clock_.advance(2);
  EXPECT_TRUE(remove_version(version));
}

TEST_F(Locked, OnlyAStoreWithLocksKeepsTheirTime) {
  ASSERT_TRUE(lock_time_row());
  const auto first = *lock_time_row();
  clock_.advance(60);
  ASSERT_TRUE(run_sync(store_->sweep()));
  EXPECT_NE(lock_time_row(), first);
  ASSERT_TRUE(run_sync(store_->delete_bucket(kBucket)));
  ASSERT_TRUE(run_sync(store_->sweep()));
  EXPECT_FALSE(lock_time_row());
  clock_.advance(1000 * kDay);
  reopen();
  AmendBucket lock;
  const Bucket plain = make_bucket("plain").value();
  lock.name = "plain";
  lock.id = plain.id;
  lock.versioning = Versioning::kEnabled;
  lock.object_lock = true;
  ASSERT_TRUE(run_sync(store_->amend_bucket(lock)));
  EXPECT_EQ(lock_time_row(),
            row::encode_number(static_cast<std::uint64_t>(to_micros(clock_.now()))));
}

}  // namespace
}  // namespace muzn::object::test
