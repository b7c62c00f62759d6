#include "object/adopt.h"

#include <algorithm>

#include "codec/base64.h"
#include "object/row_keys.h"
#include "object/row_values.h"
#include "unit/object/fixture.h"

namespace muzn::object::test {
namespace {

constexpr std::size_t kMin = 5U << 20;
constexpr std::size_t kLarge = 20'000;  // in a blob

class Adopt : public ObjectTest {
 protected:
  Adopt() { bucket_ = make_bucket(kBucket).value(); }

  // A store over other rows and the same blobs, as after a restart.
  void use(meta::Store& rows) {
    store_.reset();
    store_ = run_sync(open_store(rows, blobs_, pool_, clock_, rng_, {})).value();
  }

  void copy_rows(meta::Store& to) {
    for (const meta::ShardId shard : {meta::kNodeShard, meta::kNamesShard, bucket_.shard}) {
      meta::Commit commit;
      commit.shard = shard;
      for (auto& row : run_sync(rows_.scan(shard, "", "", 10'000)).value()) {
        commit.put(row.key, row.value);
      }
      ASSERT_TRUE(run_sync(to.commit(std::move(commit))));
    }
  }

  AdoptArgs args() {
    AdoptArgs out;
    out.list_blobs = [this](const blob::FileListing& visit) {
      for (const auto& id : blobs_.ids_for_test()) visit.blob(id, 0);
      return Result<void>{};
    };
    out.tell = [this](const AdoptEvent& event) { told_.push_back(event); };
    out.region = "eu-test-1";
    out.apply = true;
    return out;
  }

  void adopt(AdoptArgs how) {
    told_.clear();
    const auto done = run_sync(store_->adopt(std::move(how)));
    ASSERT_TRUE(done) << done.error().what;
  }

  // "what key", sorted.
  std::vector<std::string> told() const {
    std::vector<std::string> out;
    for (const auto& event : told_)
      out.push_back(std::string(to_text(event.what)) + " " + event.key);
    std::ranges::sort(out);
    return out;
  }
  using Told = std::vector<std::string>;

  std::string body(char letter) { return std::string(kLarge, letter); }

  Bucket bucket_;
  std::vector<AdoptEvent> told_;
};

TEST_F(Adopt, AllRowsLostTheObjectsOfTheBlobsComeBack) {
  PutArgs put_one = put_args(kBucket, "one");
  put_one.attributes.content_type = "text/plain";
  put_one.attributes.user_metadata = {{"a", "b"}};
  StringSource source(body('1'));
  Verifier verifier(crypto::Algorithm::kCrc32c);
  const Written one = run_sync(store_->put(std::move(put_one), source, verifier)).value();
  ASSERT_TRUE(put(kBucket, "small", "in a row"));
  const UploadRef upload = begin_upload(kBucket, "parts");
  const std::string first(kMin, 'p');
  CompleteArgs complete;
  complete.upload = upload;
  for (const auto& [number, bytes] : {std::pair{1, first}, std::pair{2, std::string("tail")}}) {
    const Part part = put_part(upload, number, bytes).value();
    complete.parts.push_back({number, codec::hex_encode(part.md5), std::nullopt});
  }
  const Written parts = run_sync(store_->complete_upload(std::move(complete))).value();
  clock_.advance(100);

  meta::MemStore fresh;
  use(fresh);
  AdoptArgs how = args();
  how.create_buckets = true;
  how.complete_uploads = true;
  adopt(how);
  EXPECT_EQ(told(), (Told{"completed parts", "object one", "part parts", "part parts"}));
  EXPECT_EQ(get(kBucket, "one"), body('1'));
  EXPECT_EQ(get(kBucket, "parts"), first + "tail");
  EXPECT_TRUE(fails(open(kBucket, "small"), Fault::kNoSuchKey));
  const Version version = open(kBucket, "one").value()->version();
  EXPECT_EQ(version.etag, one.etag);
  EXPECT_EQ(version.modified, one.modified);
  EXPECT_EQ(version.checksum, one.checksum);
  EXPECT_EQ(version.attributes.content_type, "text/plain");
  EXPECT_EQ(version.attributes.user_metadata, (Pairs{{"a", "b"}}));
  EXPECT_EQ(open(kBucket, "parts").value()->version().etag, parts.etag);
  const Bucket again = run_sync(store_->get_bucket(kBucket)).value();
  EXPECT_EQ(again.owner, "111111111111");
  EXPECT_EQ(run_sync(store_->usage(kBucket)).value().objects, 2);
  // Nothing is left to adopt, and the sweeper takes nothing.
  adopt(how);
  EXPECT_EQ(told(), Told{});
  use(fresh);
  clock_.advance(100'000);
  ASSERT_TRUE(run_sync(store_->sweep()));
  EXPECT_EQ(get(kBucket, "one"), body('1'));
  EXPECT_EQ(get(kBucket, "parts"), first + "tail");
}

TEST_F(Adopt, AnotherOwnerTakesAllAndListsOfStrangersGo) {
  PutArgs put_one = put_args(kBucket, "one");
  put_one.acl = "acl";
  StringSource source(body('1'));
  Verifier verifier;
  ASSERT_TRUE(run_sync(store_->put(std::move(put_one), source, verifier)));
  meta::MemStore fresh;
  use(fresh);
  AdoptArgs how = args();
  how.create_buckets = true;
  how.owner = "999999999999";
  adopt(how);
  const Version version = open(kBucket, "one").value()->version();
  EXPECT_EQ(version.owner, "999999999999");
  EXPECT_EQ(version.acl, "");
  EXPECT_EQ(run_sync(store_->get_bucket(kBucket)).value().owner, "999999999999");
}

TEST_F(Adopt, OlderRowsGetWhatWasWrittenSince) {
  ASSERT_TRUE(put(kBucket, "old", body('o')));
  ASSERT_TRUE(put(kBucket, "replaced", body('a')));
  clock_.advance(100);
  meta::MemStore backup;
  copy_rows(backup);
  const Time since = clock_.now();
  clock_.advance(100);
  ASSERT_TRUE(put(kBucket, "replaced", body('b')));
  clock_.advance(1);
  ASSERT_TRUE(put(kBucket, "replaced", body('c')));
  ASSERT_TRUE(put(kBucket, "new", body('n')));
  use(backup);
  AdoptArgs how = args();
  how.since = since;
  adopt(how);
  EXPECT_EQ(told(), (Told{"object new", "object replaced", "older replaced"}));
  EXPECT_EQ(get(kBucket, "old"), body('o'));
  EXPECT_EQ(get(kBucket, "replaced"), body('c'));
  EXPECT_EQ(get(kBucket, "new"), body('n'));
}

TEST_F(Adopt, WithoutApplyNothingChanges) {
  meta::MemStore backup;
  copy_rows(backup);
  ASSERT_TRUE(put(kBucket, "new", body('n')));
  ASSERT_TRUE(put_part(begin_upload(kBucket, "parts"), 1, "part"));
  use(backup);
  AdoptArgs how = args();
  how.apply = false;
  adopt(how);
  EXPECT_EQ(told(), (Told{"object new", "part parts"}));
  EXPECT_TRUE(fails(open(kBucket, "new"), Fault::kNoSuchKey));
  const Told first = told();
  adopt(how);
  EXPECT_EQ(told(), first);
}

TEST_F(Adopt, ANewerVersionStays) {
  meta::MemStore backup;
  copy_rows(backup);
  ASSERT_TRUE(put(kBucket, "k", body('1')));
  use(backup);
  clock_.advance(10);
  ASSERT_TRUE(put(kBucket, "k", body('2')));
  adopt(args());
  EXPECT_EQ(told(), Told{"older k"});
  EXPECT_EQ(get(kBucket, "k"), body('2'));
}

TEST_F(Adopt, WhatRowsOwnOrCallGarbageIsNotTouched) {
  ASSERT_TRUE(put(kBucket, "k", body('1')));
  ASSERT_TRUE(put(kBucket, "k", body('2')));
  ASSERT_TRUE(put(kBucket, "deleted", body('3')));
  RemoveArgs remove;
  remove.bucket = kBucket;
  remove.key = "deleted";
  ASSERT_TRUE(run_sync(store_->remove(std::move(remove))));
  ASSERT_TRUE(put_part(begin_upload(kBucket, "parts"), 1, "part"));
  adopt(args());
  EXPECT_EQ(told(), Told{});
  EXPECT_TRUE(fails(open(kBucket, "deleted"), Fault::kNoSuchKey));
}

TEST_F(Adopt, APendingBlobIsTakenFromTheSweeper) {
  // Rows of the moment when the upload was under way: its pending row is there.
  meta::MemStore backup;
  copy_rows(backup);
  ASSERT_TRUE(put(kBucket, "k", body('1')));
  const blob::BlobId id = blobs_.ids_for_test().at(0);
  meta::Commit commit;
  commit.shard = bucket_.shard;
  commit.put(row::pending(1, 77), row::encode_pending(id));
  ASSERT_TRUE(run_sync(backup.commit(std::move(commit))));
  use(backup);
  adopt(args());
  EXPECT_EQ(told(), Told{"object k"});
  ASSERT_TRUE(run_sync(store_->sweep()));
  EXPECT_EQ(get(kBucket, "k"), body('1'));
}

TEST_F(Adopt, AnotherBucketOfTheNameGetsNothing) {
  ASSERT_TRUE(put(kBucket, "k", body('1')));
  meta::MemStore fresh;
  use(fresh);
  ASSERT_TRUE(make_bucket(kBucket));
  AdoptArgs how = args();
  how.create_buckets = true;
  adopt(how);
  EXPECT_EQ(told(), Told{"elsewhere k"});
  EXPECT_TRUE(fails(open(kBucket, "k"), Fault::kNoSuchKey));
}

TEST_F(Adopt, WithoutLeaveNoBucketIsMade) {
  ASSERT_TRUE(put(kBucket, "k", body('1')));
  meta::MemStore fresh;
  use(fresh);
  adopt(args());
  EXPECT_EQ(told(), Told{"elsewhere k"});
  EXPECT_FALSE(run_sync(store_->get_bucket(kBucket)));
}

TEST_F(Adopt, PartsWithAGapStayAnOpenUpload) {
  const UploadRef upload = begin_upload(kBucket, "k");
  ASSERT_TRUE(put_part(upload, 1, std::string(kMin, 'a')));
  ASSERT_TRUE(put_part(upload, 3, "tail"));
  meta::MemStore fresh;
  use(fresh);
  AdoptArgs how = args();
  how.create_buckets = true;
  how.complete_uploads = true;
  adopt(how);
  EXPECT_EQ(told(), (Told{"part k", "part k"}));
  EXPECT_EQ(run_sync(store_->list_parts(upload, 0, 10)).value().parts.size(), 2U);
  EXPECT_TRUE(fails(open(kBucket, "k"), Fault::kNoSuchKey));
}

TEST_F(Adopt, BlobsWithoutALabelOrWithAnothersAreTold) {
  const auto seal = [this](const std::string& id, std::string label) {
    auto writer = run_sync(blobs_.create(id, 0, *policy::may_send({}, {}))).value();
    ASSERT_TRUE(run_sync(writer->append("bytes")));
    ASSERT_TRUE(run_sync(writer->seal(std::move(label))));
  };
  ASSERT_TRUE(put(kBucket, "k", body('1')));
  const std::string label = run_sync(blobs_.open(blobs_.ids_for_test().at(0))).value()->label();
  seal(std::string(16, '\1'), "");
  seal(std::string(16, '\2'), "no label");
  seal(std::string(16, '\3'), label);
  adopt(args());
  EXPECT_EQ(told(), (Told{"unlabelled ", "unreadable ", "unreadable "}));
}

class AdoptVersions : public Adopt {
 protected:
  AdoptVersions() {
    EXPECT_TRUE(run_sync(store_->amend_bucket({.name = kBucket,
                                               .id = bucket_.id,
                                               .ownership = {},
                                               .acl = {},
                                               .versioning = Versioning::kEnabled})));
    put_one('1');
    copy_rows(older_);
    for (const char letter : {'2', '3', '4'}) put_one(letter);
  }
  void put_one(char letter) {
    clock_.advance(1);
    ids_.push_back(put(kBucket, "k", body(letter)).value().version_id);
  }
  // The ids of the key's versions, oldest first.
  std::vector<std::string> chain() {
    ListVersionsArgs how;
    how.list.bucket = kBucket;
    std::vector<std::string> out;
    for (const auto& entry : run_sync(store_->list_versions(how)).value().entries) {
      out.insert(out.begin(), entry.version.version_id);
    }
    return out;
  }

  meta::MemStore older_;
  std::vector<std::string> ids_;
};

TEST_F(AdoptVersions, AllComeBackUponWhatIsThere) {
  use(older_);
  adopt(args());
  EXPECT_EQ(told(), (Told{"object k", "object k", "object k"}));
  EXPECT_EQ(chain(), ids_);
  EXPECT_EQ(get(kBucket, "k"), body('4'));
  EXPECT_EQ(open(kBucket, "k", ids_[1]).value()->version().size, kLarge);
  adopt(args());
  EXPECT_EQ(told(), Told{});
}

TEST_F(AdoptVersions, ABucketThatIsMadeForThemHasVersioning) {
  meta::MemStore fresh;
  use(fresh);
  AdoptArgs how = args();
  how.create_buckets = true;
  adopt(how);
  EXPECT_EQ(chain(), ids_);
  EXPECT_EQ(run_sync(store_->get_bucket(kBucket))->versioning, Versioning::kEnabled);
}

}  // namespace
}  // namespace muzn::object::test
