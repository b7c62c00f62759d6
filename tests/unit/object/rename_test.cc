// An object under another key: what goes along, what goes away, and who reads meanwhile.
#include "codec/base64.h"
#include "object/row_values.h"
#include "unit/object/fixture.h"

namespace muzn::object::test {
namespace {

class Rename : public ObjectTest {
 protected:
  Rename() : bucket_(make_bucket(kBucket).value()) {}

  static RenameArgs args(std::string source, std::string key) {
    RenameArgs out;
    out.bucket = kBucket;
    out.source = std::move(source);
    out.key = std::move(key);
    return out;
  }
  Outcome<void> rename(std::string source, std::string key) {
    return run_sync(store_->rename_object(args(std::move(source), std::move(key))));
  }
  Outcome<void> rename_once(std::string source, std::string key, std::string asked) {
    RenameArgs out = args(std::move(source), std::move(key));
    out.token = "token";
    out.asked = std::move(asked);
    return run_sync(store_->rename_object(std::move(out)));
  }
  void put_parts(const std::string& key, const std::string& body) {
    const auto upload = begin_upload(kBucket, key);
    CompleteArgs complete;
    complete.upload = upload;
    const auto part = put_part(upload, 1, body).value();
    complete.parts.push_back({1, codec::hex_encode(part.md5), std::nullopt});
    ASSERT_TRUE(run_sync(store_->complete_upload(complete)));
  }
  void set_versioning(Versioning versioning) {
    AmendBucket change;
    change.name = kBucket;
    change.id = bucket_.id;
    change.versioning = versioning;
    ASSERT_TRUE(run_sync(store_->amend_bucket(change)));
  }
  std::string keys() {
    ListArgs list;
    list.bucket = kBucket;
    std::string out;
    for (const auto& entry : run_sync(store_->list(list)).value().entries) out += entry.key + " ";
    return out;
  }

  Bucket bucket_;
};

TEST_F(Rename, AllGoesAlongButTheKey) {
  for (const std::size_t size : {0U, 10U, 100'000U}) {
    const std::string body(size, 'x');
    PutArgs put = put_args(kBucket, "old");
    put.attributes.content_type = "text/plain";
    put.attributes.tags = {{"a", "b"}};
    put.acl = "a list";
    StringSource source(body);
    Verifier verifier;
    ASSERT_TRUE(run_sync(store_->put(std::move(put), source, verifier)));
    const Version before = open(kBucket, "old").value()->version();
    clock_.advance(100);
    ASSERT_TRUE(rename("old", "new"));
    EXPECT_TRUE(fails(open(kBucket, "old"), Fault::kNoSuchKey));
    const Version after = open(kBucket, "new").value()->version();
    EXPECT_EQ(get(kBucket, "new"), body);
    EXPECT_EQ(after.attributes, before.attributes);
    EXPECT_EQ(after.acl, before.acl);
    EXPECT_EQ(after.owner, before.owner);
    EXPECT_EQ(after.etag, before.etag);
    EXPECT_EQ(after.modified, before.modified);
    EXPECT_EQ(after.segments, before.segments);
    EXPECT_GT(after.stamp, before.stamp);
    EXPECT_EQ(keys(), "new ");
    const Usage usage = run_sync(store_->usage(kBucket)).value();
    EXPECT_EQ(usage.objects, 1);
    EXPECT_EQ(usage.bytes, static_cast<std::int64_t>(size));
    EXPECT_EQ(rows_of(bucket_.shard, 't').size(), 1U);
    EXPECT_EQ(rows_of(bucket_.shard, 'B').size(), size == 10 ? 1U : 0U);
    ASSERT_TRUE(remove(kBucket, "new"));
    run_sync(store_->sweep()).value();
    EXPECT_EQ(blobs_.count_for_test(), 0U);
  }
}

TEST_F(Rename, WhatItReplacesIsGarbage) {
  ASSERT_TRUE(put(kBucket, "old", std::string(100'000, 'o')));
  ASSERT_TRUE(put(kBucket, "new", std::string(200'000, 'n')));
  ASSERT_TRUE(rename("old", "new"));
  EXPECT_EQ(get(kBucket, "new"), std::string(100'000, 'o'));
  EXPECT_EQ(run_sync(store_->sweep()).value(), 1U);
  EXPECT_EQ(get(kBucket, "new"), std::string(100'000, 'o'));
  const Usage usage = run_sync(store_->usage(kBucket)).value();
  EXPECT_EQ(usage.objects, 1);
  EXPECT_EQ(usage.bytes, 100'000);
}

TEST_F(Rename, WhoReadsReadsOn) {
  const std::string body(100'000, 'p');
  for (const bool multipart : {false, true}) {
    if (multipart) {
      put_parts("old", body);
    } else {
      ASSERT_TRUE(put(kBucket, "old", body));
    }
    auto opened = open(kBucket, "old").value();
    ASSERT_TRUE(rename("old", "new"));
    EXPECT_EQ(run_sync(store_->sweep()).value(), 0U);
    EXPECT_EQ(get(kBucket, "new"), body);
    ASSERT_TRUE(remove(kBucket, "new"));
    EXPECT_EQ(run_sync(store_->sweep()).value(), 0U) << "read under its old name";
    EXPECT_EQ(read(*opened, 0, 100'000), body);
    EXPECT_EQ(run_sync(opened->parts()).value().size(), multipart ? 1U : 0U);
    opened.reset();
    EXPECT_EQ(run_sync(store_->sweep()).value(), 1U);
    EXPECT_TRUE(rows_of(bucket_.shard, 'M').empty());
    EXPECT_TRUE(rows_of(bucket_.shard, 'g').empty());
  }
}

TEST_F(Rename, ThereAndBackAgain) {
  put_parts("a", std::string(100'000, 'p'));
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(rename("a", "b"));
    run_sync(store_->sweep()).value();
    ASSERT_TRUE(rename("b", "a"));
  }
  run_sync(store_->sweep()).value();
  EXPECT_EQ(get(kBucket, "a"), std::string(100'000, 'p'));
  EXPECT_EQ(rows_of(bucket_.shard, 'M').size(), 1U);
}

TEST_F(Rename, HistoryStaysWithItsKey) {
  ASSERT_TRUE(put(kBucket, "old", "x"));
  for (const Versioning versioning : {Versioning::kEnabled, Versioning::kSuspended}) {
    set_versioning(versioning);
    EXPECT_TRUE(fails(rename("old", "new"), Fault::kBucketState));
  }
  EXPECT_EQ(keys(), "old ");
}

// In a bucket with Object Lock nothing is renamed, since it has versioning; a lock by itself is
// enough, too.
TEST_F(Rename, ALockedVersionKeepsItsName) {
  PutArgs locked = put_args(kBucket, "locked");
  locked.lock.hold = LegalHold::kOn;
  StringSource source("kept");
  Verifier verifier;
  ASSERT_TRUE(run_sync(store_->put(std::move(locked), source, verifier)));
  ASSERT_TRUE(put(kBucket, "free", "other"));
  EXPECT_TRUE(fails(rename("locked", "new"), Fault::kLocked));
  EXPECT_TRUE(fails(rename("free", "locked"), Fault::kLocked));
  EXPECT_EQ(get(kBucket, "locked"), "kept");
  EXPECT_EQ(get(kBucket, "free"), "other");
  EXPECT_TRUE(rename("free", "new"));
}

TEST_F(Rename, NothingIsNotRenamed) {
  EXPECT_TRUE(fails(rename("none", "new"), Fault::kNoSuchKey));
  RenameArgs strange = args("none", "new");
  strange.bucket = "stranger";
  EXPECT_TRUE(fails(run_sync(store_->rename_object(strange)), Fault::kNoSuchBucket));
}

TEST_F(Rename, TheCallerJudgesWhatIsThere) {
  ASSERT_TRUE(put(kBucket, "old", "o"));
  RenameArgs asked = args("old", "new");
  bool had_replaced = true;
  asked.judge = [&](const Version& source, const Version* replaced) {
    had_replaced = replaced != nullptr;
    if (source.size == 1) return Outcome<void>();
    return Outcome<void>(fault(Fault::kPreconditionFailed, "size"));
  };
  ASSERT_TRUE(run_sync(store_->rename_object(asked)));
  EXPECT_FALSE(had_replaced);
  ASSERT_TRUE(put(kBucket, "old", "longer"));
  EXPECT_TRUE(fails(run_sync(store_->rename_object(asked)), Fault::kPreconditionFailed));
  EXPECT_TRUE(had_replaced);
  EXPECT_EQ(get(kBucket, "new"), "o");
}

TEST_F(Rename, TheSameRequestIsDoneOnce) {
  reopen({.done_seconds = 1000});
  ASSERT_TRUE(put(kBucket, "old", "first"));
  ASSERT_TRUE(rename_once("old", "new", "all"));
  ASSERT_TRUE(put(kBucket, "old", "second"));
  EXPECT_TRUE(rename_once("old", "new", "all"));
  EXPECT_EQ(get(kBucket, "new"), "first");
  EXPECT_EQ(get(kBucket, "old"), "second");
  EXPECT_TRUE(fails(rename_once("old", "other", "more"), Fault::kTokenReused));
  clock_.advance(999);
  run_sync(store_->sweep()).value();
  EXPECT_TRUE(rename_once("old", "new", "all"));
  EXPECT_EQ(get(kBucket, "new"), "first");
  clock_.advance(1);
  run_sync(store_->sweep()).value();
  EXPECT_TRUE(rows_of(bucket_.shard, 'r').empty());
  EXPECT_TRUE(rename_once("old", "new", "all"));
  EXPECT_EQ(get(kBucket, "new"), "second");
}

TEST_F(Rename, AFailedOneIsNotRemembered) {
  EXPECT_TRUE(fails(rename_once("old", "new", "all"), Fault::kNoSuchKey));
  ASSERT_TRUE(put(kBucket, "old", "x"));
  EXPECT_TRUE(rename_once("old", "new", "all"));
  EXPECT_EQ(get(kBucket, "new"), "x");
}

}  // namespace
}  // namespace muzn::object::test
