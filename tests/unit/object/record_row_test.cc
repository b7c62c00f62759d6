// The record of a change lies in the commit of the change.
#include "object/record_row.h"

#include "audit/outbox_row.h"
#include "codec/base64.h"
#include "object/kept_records.h"
#include "object/row_keys.h"
#include "tlog/log.h"
#include "unit/object/fixture.h"

namespace muzn::object::test {
namespace {

class FakeRecord final : public audit::Carried {
 public:
  explicit FakeRecord(meta::Store& rows) : rows_(rows) {}
  Result<void> begin() override { return {}; }
  std::string row(std::string_view version_id) override {
    ++asked;
    version = version_id;
    return is_wanted ? audit::encode_outbox("aa", "line " + std::to_string(asked)) : "";
  }
  void kept(meta::ShardId shard, std::string row_key) override {
    // Not before it is durable.
    const auto found = run_sync(rows_.get(shard, row_key)).value();
    ASSERT_TRUE(found);
    line = audit::decode_outbox(*found)->line;
    ++times_kept;
  }
  bool is_wanted = true;
  int asked = 0;
  int times_kept = 0;
  std::string version;
  std::string line;

 private:
  meta::Store& rows_;
};

class RecordRows : public ObjectTest {
 protected:
  RecordRows() : bucket_(make_bucket(kBucket).value()) {}

  Outcome<Written> put_with(audit::Carried* record, WriteCondition condition = {}) {
    PutArgs args = put_args(kBucket, "k");
    args.record = record;
    args.condition = std::move(condition);
    StringSource source("body");
    Verifier verifier;
    return run_sync(store_->put(std::move(args), source, verifier));
  }
  std::size_t rows_left() { return rows_of(bucket_.shard, row::kRecordTag).size(); }
  std::vector<std::string> lines() {
    std::vector<std::string> out;
    const auto found = run_sync(kept_records(rows_)).value();
    for (const audit::Outgoing& one : found) {
      EXPECT_EQ(one.handle, "aa");
      EXPECT_EQ(one.entry.hash, merkle::leaf_hash(one.entry.line));
      out.push_back(one.entry.line);
    }
    return out;
  }
  void expect_kept(const FakeRecord& record) {
    EXPECT_EQ(record.times_kept, 1);
    EXPECT_EQ(lines(), std::vector{record.line});
    for (const meta::Row& one : rows_of(bucket_.shard, row::kRecordTag)) {
      EXPECT_TRUE(is_kept_record(bucket_.shard, one.key));
      meta::Commit commit{.shard = bucket_.shard, .preconditions = {}, .mutations = {}};
      commit.erase(one.key);
      ASSERT_TRUE(run_sync(rows_.commit(std::move(commit))));
    }
  }

  Bucket bucket_;
};

TEST_F(RecordRows, OfEachVerb) {
  FakeRecord of_put(rows_);
  ASSERT_TRUE(put_with(&of_put));
  expect_kept(of_put);

  FakeRecord of_amend(rows_);
  AmendArgs amend;
  amend.bucket = kBucket;
  amend.key = "k";
  amend.tags = Pairs{{"a", "b"}};
  amend.record = &of_amend;
  ASSERT_TRUE(run_sync(store_->amend(std::move(amend))));
  expect_kept(of_amend);

  FakeRecord of_rename(rows_);
  RenameArgs rename;
  rename.bucket = kBucket;
  rename.source = "k";
  rename.key = "l";
  rename.record = &of_rename;
  ASSERT_TRUE(run_sync(store_->rename_object(std::move(rename))));
  expect_kept(of_rename);

  for (int i = 0; i < 2; ++i) {  // what is not there is removed by a commit, too
    FakeRecord of_remove(rows_);
    RemoveArgs remove;
    remove.bucket = kBucket;
    remove.key = "l";
    remove.record = &of_remove;
    ASSERT_TRUE(run_sync(store_->remove(std::move(remove))));
    expect_kept(of_remove);
  }

  FakeRecord of_upload(rows_);
  CreateUpload create;
  create.bucket = kBucket;
  create.key = "m";
  create.owner = "111111111111";
  create.record = &of_upload;
  const auto upload = run_sync(store_->create_upload(std::move(create))).value();
  expect_kept(of_upload);

  const auto part = put_part({kBucket, "m", upload.id}, 1, "part").value();
  CompleteArgs complete;
  complete.upload = {kBucket, "m", upload.id};
  complete.parts.push_back({1, codec::hex_encode(part.md5), std::nullopt});
  FakeRecord of_complete(rows_);
  complete.record = &of_complete;
  ASSERT_TRUE(run_sync(store_->complete_upload(complete)));
  expect_kept(of_complete);
  // The same again changes nothing.
  FakeRecord again(rows_);
  complete.record = &again;
  ASSERT_TRUE(run_sync(store_->complete_upload(complete)));
  EXPECT_EQ(again.times_kept, 0);
  EXPECT_EQ(rows_left(), 0U);
}

TEST_F(RecordRows, NoneOfWhatIsNotDone) {
  ASSERT_TRUE(put(kBucket, "k", "there"));
  FakeRecord record(rows_);
  WriteCondition condition;
  condition.if_none_match = "*";
  EXPECT_TRUE(fails(put_with(&record, condition), Fault::kPreconditionFailed));
  EXPECT_EQ(record.times_kept, 0);
  EXPECT_EQ(rows_left(), 0U);
  FakeRecord unwanted(rows_);
  unwanted.is_wanted = false;
  ASSERT_TRUE(put_with(&unwanted));
  EXPECT_EQ(unwanted.asked, 1);
  EXPECT_EQ(unwanted.times_kept, 0);
  EXPECT_EQ(rows_left(), 0U);
}

TEST_F(RecordRows, KnowsTheVersion) {
  AmendBucket amend;
  amend.name = kBucket;
  amend.id = bucket_.id;
  amend.versioning = Versioning::kEnabled;
  ASSERT_TRUE(run_sync(store_->amend_bucket(std::move(amend))));
  FakeRecord record(rows_);
  const Written written = put_with(&record).value();
  EXPECT_FALSE(written.version_id.empty());
  EXPECT_EQ(record.version, written.version_id);
}

// A deleted bucket keeps its rows until they are moved; its blobs go.
TEST_F(RecordRows, OutliveTheirBucket) {
  FakeRecord record(rows_);
  ASSERT_TRUE(put_with(&record));
  ASSERT_TRUE(remove(kBucket, "k"));
  ASSERT_TRUE(run_sync(store_->delete_bucket(kBucket)));
  for (int i = 0; i < 2; ++i) {
    clock_.advance(1'000'000);
    ASSERT_TRUE(run_sync(store_->sweep()));
    EXPECT_EQ(lines(), std::vector{record.line});
  }
  // The name is free meanwhile.
  EXPECT_TRUE(make_bucket(kBucket));
  expect_kept(record);
  ASSERT_TRUE(run_sync(store_->sweep()));
  EXPECT_TRUE(run_sync(rows_.scan(bucket_.shard, "", "", 1))->empty());
}

TEST_F(RecordRows, AreOnlyOfBuckets) {
  const std::string key = row::record(1, 1);
  EXPECT_TRUE(is_kept_record(meta::kFirstBucketShard, key));
  EXPECT_FALSE(is_kept_record(meta::kFirstBucketShard, row::head("e")));
  EXPECT_FALSE(is_kept_record(meta::kNamesShard, key));
  EXPECT_FALSE(is_kept_record(tlog::kFirstPrivateLogShard, key));
}

}  // namespace
}  // namespace muzn::object::test
