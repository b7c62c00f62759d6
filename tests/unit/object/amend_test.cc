// What changes in place: tags and ACL of a version, settings and documents of a bucket.
#include <thread>

#include "codec/base64.h"
#include "object/row_keys.h"
#include "object/row_values.h"
#include "unit/object/fixture.h"

namespace muzn::object::test {
namespace {

class Amend : public ObjectTest {
 protected:
  Amend() { bucket_ = make_bucket(kBucket).value(); }

  Outcome<Version> tag(std::string key, Pairs tags,
                       std::optional<std::string> version = std::nullopt) {
    AmendArgs args;
    args.bucket = kBucket;
    args.key = std::move(key);
    args.version_id = std::move(version);
    args.tags = std::move(tags);
    return run_sync(store_->amend(std::move(args)));
  }
  Outcome<Version> set_acl(std::string key, std::string acl,
                           std::optional<std::string> version = std::nullopt) {
    AmendArgs args;
    args.bucket = kBucket;
    args.key = std::move(key);
    args.version_id = std::move(version);
    args.acl = std::move(acl);
    return run_sync(store_->amend(std::move(args)));
  }
  Outcome<std::optional<std::string>> document(const Bucket& bucket) {
    return run_sync(store_->get_document(bucket, "tagging"));
  }
  Outcome<void> set_document(const Bucket& bucket, std::optional<std::string> value) {
    return run_sync(store_->put_document(bucket, "tagging", std::move(value)));
  }
  // A noncurrent version or a delete marker as a row.
  void write_version(const std::string& row_key, const Version& version) {
    meta::Commit commit;
    commit.shard = bucket_.shard;
    commit.put(row_key, row::encode(version));
    ASSERT_TRUE(run_sync(rows_.commit(commit)));
  }

  Bucket bucket_;
};

TEST_F(Amend, ReplacesWhatIsGivenAndKeepsTheRest) {
  PutArgs args = put_args(kBucket, "k");
  args.acl = "first";
  args.attributes.content_type = "text/plain";
  args.attributes.tags = {{"a", "1"}};
  StringSource body("hello");
  Verifier verifier;
  const Written written = run_sync(store_->put(std::move(args), body, verifier)).value();
  const Version before = open(kBucket, "k").value()->version();
  clock_.advance(10);
  const Version tagged = tag("k", {{"b", "2"}, {"c", "3"}}).value();
  EXPECT_EQ(tagged.attributes.tags, (Pairs{{"b", "2"}, {"c", "3"}}));
  EXPECT_EQ(tagged.acl, "first");
  ASSERT_TRUE(set_acl("k", "second", "null"));
  const Version now = open(kBucket, "k").value()->version();
  EXPECT_EQ(now.attributes.tags.size(), 2U);
  EXPECT_EQ(now.acl, "second");
  EXPECT_EQ(now.etag, written.etag);
  EXPECT_EQ(now.modified, before.modified);
  EXPECT_EQ(now.stamp, before.stamp);
  EXPECT_EQ(now.attributes.content_type, "text/plain");
  EXPECT_EQ(get(kBucket, "k"), "hello");
  ASSERT_TRUE(tag("k", {}));
  EXPECT_TRUE(open(kBucket, "k").value()->version().attributes.tags.empty());
}

TEST_F(Amend, NamesWhatIsNotThere) {
  EXPECT_TRUE(fails(tag("k", {}), Fault::kNoSuchKey));
  EXPECT_TRUE(fails(tag("k", {}, "null"), Fault::kNoSuchVersion));
  ASSERT_TRUE(put(kBucket, "k", "a"));
  EXPECT_TRUE(fails(tag("k", {}, "other"), Fault::kNoSuchVersion));
  ASSERT_TRUE(run_sync(store_->remove({kBucket, "k", std::nullopt, {}, ""})));
  ASSERT_TRUE(run_sync(store_->delete_bucket(kBucket)));
  EXPECT_TRUE(fails(tag("k", {}), Fault::kNoSuchBucket));
}

TEST_F(Amend, ANoncurrentVersionStaysWhereItIs) {
  ASSERT_TRUE(put(kBucket, "k", "a"));
  Version old;
  old.stamp = 5;
  old.version_id = "old";
  old.etag = "e";
  write_version(row::noncurrent("k", 5), old);
  ASSERT_TRUE(tag("k", {{"a", "1"}}, "old"));
  EXPECT_TRUE(open(kBucket, "k").value()->version().attributes.tags.empty());
  EXPECT_EQ(open(kBucket, "k", "old").value()->version().attributes.tags, (Pairs{{"a", "1"}}));
  EXPECT_EQ(rows_of(bucket_.shard, row::kVersionTag).size(), 1U);
  ASSERT_TRUE(remove(kBucket, "k"));
  EXPECT_EQ(open(kBucket, "k").value()->version().attributes.tags, (Pairs{{"a", "1"}}));
}

TEST_F(Amend, OnlyTheVersionThatWasLookedAt) {
  ASSERT_TRUE(put(kBucket, "k", "a"));
  AmendArgs args;
  args.bucket = kBucket;
  args.key = "k";
  args.stamp = open(kBucket, "k").value()->version().stamp;
  args.acl = "x";
  EXPECT_TRUE(run_sync(store_->amend(args)));
  ASSERT_TRUE(put(kBucket, "k", "b"));
  EXPECT_TRUE(fails(run_sync(store_->amend(args)), Fault::kConflict));
}

TEST_F(Amend, ADeleteMarkerHasNothingToAmend) {
  Version marker;
  marker.stamp = 5;
  marker.delete_marker = true;
  write_version(row::head("k"), marker);
  EXPECT_TRUE(fails(tag("k", {}), Fault::kDeleteMarker));
}

TEST_F(Amend, TwoAtOnceBothStand) {
  ASSERT_TRUE(put(kBucket, "k", "a"));
  std::thread other([this] {
    for (int i = 0; i < 200; ++i) ASSERT_TRUE(set_acl("k", std::to_string(i)));
  });
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(tag("k", {{"n", std::to_string(i)}}));
  other.join();
  const Version now = open(kBucket, "k").value()->version();
  EXPECT_EQ(now.acl, "199");
  EXPECT_EQ(now.attributes.tags, (Pairs{{"n", "199"}}));
}

TEST_F(Amend, AnUploadCarriesItsAclToTheObject) {
  CreateUpload args;
  args.bucket = kBucket;
  args.key = "k";
  args.acl = "mine";
  const Upload upload = run_sync(store_->create_upload(std::move(args))).value();
  const UploadRef ref{kBucket, "k", upload.id};
  EXPECT_EQ(run_sync(store_->get_upload(ref)).value().acl, "mine");
  const Part part = put_part(ref, 1, "x").value();
  CompleteArgs complete;
  complete.upload = ref;
  complete.parts.push_back({1, codec::hex_encode(part.md5), std::nullopt});
  ASSERT_TRUE(run_sync(store_->complete_upload(std::move(complete))));
  EXPECT_EQ(open(kBucket, "k").value()->version().acl, "mine");
}

TEST_F(Amend, BucketSettings) {
  CreateBucket create;
  create.name = "other";
  create.owner = "111111111111";
  create.acl = "acl";
  create.public_access_block = 15;
  create.documents = {{"tagging", "<t/>"}};
  const Bucket made = run_sync(store_->create_bucket(std::move(create))).value();
  EXPECT_EQ(made.acl, "acl");
  EXPECT_EQ(made.public_access_block, 15);
  EXPECT_EQ(document(made).value(), "<t/>");
  AmendBucket args;
  args.name = "other";
  args.id = made.id;
  args.ownership = Ownership::kObjectWriter;
  const Bucket amended = run_sync(store_->amend_bucket(args)).value();
  EXPECT_EQ(amended.ownership, Ownership::kObjectWriter);
  EXPECT_EQ(amended.acl, "acl");
  args.ownership.reset();
  args.acl = "";
  ASSERT_TRUE(run_sync(store_->amend_bucket(args)));
  const Bucket now = run_sync(store_->get_bucket("other")).value();
  EXPECT_EQ(now.ownership, Ownership::kObjectWriter);
  EXPECT_EQ(now.acl, "");
  EXPECT_EQ(now.public_access_block, 15);
  args.id = bucket_.id;
  EXPECT_TRUE(fails(run_sync(store_->amend_bucket(args)), Fault::kNoSuchBucket));
  args.name = "nobody";
  EXPECT_TRUE(fails(run_sync(store_->amend_bucket(args)), Fault::kNoSuchBucket));
}

TEST_F(Amend, DocumentsComeGoAndVanishWithTheBucket) {
  EXPECT_EQ(document(bucket_).value(), std::nullopt);
  ASSERT_TRUE(set_document(bucket_, "<one/>"));
  ASSERT_TRUE(set_document(bucket_, ""));
  EXPECT_EQ(document(bucket_).value(), "");
  ASSERT_TRUE(set_document(bucket_, std::nullopt));
  EXPECT_EQ(document(bucket_).value(), std::nullopt);
  ASSERT_TRUE(set_document(bucket_, "<two/>"));
  EXPECT_EQ(document(bucket_).value(), "<two/>");
  ASSERT_TRUE(run_sync(store_->delete_bucket(kBucket)));
  EXPECT_TRUE(fails(document(bucket_), Fault::kNoSuchBucket));
  const Bucket again = make_bucket(kBucket).value();
  EXPECT_EQ(document(again).value(), std::nullopt);
  EXPECT_TRUE(fails(document(bucket_), Fault::kNoSuchBucket));
  EXPECT_TRUE(fails(set_document(bucket_, "x"), Fault::kNoSuchBucket));
}

// Amending does not make a delete of the bucket fail, nor the other way round.
TEST_F(Amend, BucketIsAmendedWhileItIsDeleted) {
  std::thread other([this] {
    for (int i = 0; i < 50; ++i) {
      AmendBucket args;
      args.name = kBucket;
      args.id = bucket_.id;
      args.acl = std::to_string(i);
      const auto amended = run_sync(store_->amend_bucket(args));
      if (!amended) {
        ASSERT_TRUE(fails(amended, Fault::kNoSuchBucket));
        return;
      }
    }
  });
  EXPECT_TRUE(run_sync(store_->delete_bucket(kBucket)));
  other.join();
  EXPECT_TRUE(fails(run_sync(store_->get_bucket(kBucket)), Fault::kNoSuchBucket));
}

}  // namespace
}  // namespace muzn::object::test
