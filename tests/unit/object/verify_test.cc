// verify() finds each planted fault, names the object, and goes on behind it.
#include "object/verify.h"

#include <algorithm>
#include <map>

#include "audit/journal.h"
#include "codec/base64.h"
#include "merkle/signer.h"
#include "object/row_keys.h"
#include "object/row_values.h"
#include "tlog/log.h"
#include "tlog/rows.h"
#include "unit/object/fixture.h"

namespace muzn::object::test {
namespace {

// Acts of control are judged by control's own tests: here there are none, which is one finding.
constexpr std::string_view kNoActs = "there is no act";

class Findings final : public VerifyListener {
 public:
  void found(const Finding& finding) override {
    if (finding.what.find(kNoActs) == std::string::npos) all.push_back(finding);
  }
  void progress(const VerifyTotals&) override { ++progressed; }
  bool go_on() override { return progressed <= limit; }

  bool has(std::string_view key, std::string_view what, bool is_error = true) const {
    return std::ranges::any_of(all, [&](const Finding& one) {
      return one.is_error == is_error && one.key == key && one.what.find(what) != std::string::npos;
    });
  }
  std::string text() const {
    std::string out;
    for (const Finding& one : all) out += one.bucket + "/" + one.key + ": " + one.what + "\n";
    return out;
  }

  std::vector<Finding> all;
  int progressed = 0;
  int limit = 1 << 20;
};

// Rows of which some can't be read.
class BadRows final : public meta::Store {
 public:
  explicit BadRows(meta::Store& rows) : rows_(rows) {}
  std::string bad;  // a row key

  Task<Result<std::optional<std::string>>> get(meta::ShardId shard, std::string key) override {
    if (key == bad) return failed<std::optional<std::string>>();
    return rows_.get(shard, std::move(key));
  }
  Task<Result<std::vector<meta::Row>>> scan(meta::ShardId shard, std::string from, std::string to,
                                            std::size_t limit) override {
    return judged(rows_.scan(shard, std::move(from), std::move(to), limit));
  }
  Task<Result<std::vector<meta::Row>>> scan_back(meta::ShardId shard, std::string from,
                                                 std::string to, std::size_t limit) override {
    return judged(rows_.scan_back(shard, std::move(from), std::move(to), limit));
  }
  Task<Result<void>> commit(meta::Commit commit) override {
    return rows_.commit(std::move(commit));
  }
  Task<Result<void>> destroy(meta::ShardId shard) override { return rows_.destroy(shard); }
  meta::StoreFigures figures() const override { return rows_.figures(); }

 private:
  template <class T>
  static Task<Result<T>> failed() {
    co_return fail(Code::kCorrupt, "a bad block");
  }
  Task<Result<std::vector<meta::Row>>> judged(Task<Result<std::vector<meta::Row>>> task) {
    auto rows = co_await std::move(task);
    if (rows && std::ranges::find(*rows, bad, &meta::Row::key) != rows->end()) {
      co_return fail(Code::kCorrupt, "a bad block");
    }
    co_return rows;
  }

  meta::Store& rows_;
};

class Verify : public ObjectTest {
 protected:
  Verify() {
    bucket_ = make_bucket(kBucket).value();
    EXPECT_TRUE(put(kBucket, "a-inline", "hello"));
    EXPECT_TRUE(put(kBucket, "b-blob", std::string(200'000, 'b')));
    upload_ = begin_upload(kBucket, "c-parts");
    CompleteArgs complete;
    complete.upload = upload_;
    for (int number : {1, 2}) {
      const auto part = put_part(upload_, number, std::string(6U << 20U, 'c')).value();
      complete.parts.push_back({number, codec::hex_encode(part.md5), std::nullopt});
    }
    EXPECT_TRUE(run_sync(store_->complete_upload(std::move(complete))));
    EXPECT_TRUE(put(kBucket, "d-empty", ""));
    EXPECT_TRUE(put(kBucket, std::string("e\0key", 5), "x"));
  }

  decltype(VerifyArgs::take) take_;
  int limit_ = 1 << 20;

  VerifyTotals run(VerifyOptions options = {}) { return run_on(rows_, options); }
  VerifyTotals run_on(meta::Store& rows, VerifyOptions options = {}) {
    findings_ = {};
    findings_.limit = limit_;
    VerifyArgs args{rows, blobs_, {}, {}, {}, {}, options, take_};
    args.next_shard = [this](meta::ShardId from) {
      const auto at = std::ranges::lower_bound(shards_, from);
      return Result<std::optional<meta::ShardId>>(at == shards_.end() ? std::nullopt
                                                                      : std::optional(*at));
    };
    args.list_blobs = [this](const blob::FileListing& visit) {
      for (const auto& id : blobs_.ids_for_test()) visit.blob(id, 1);
      return Result<void>();
    };
    return verify(args, findings_);
  }
  void commit(const std::function<void(meta::Commit&)>& fill) {
    meta::Commit commit;
    commit.shard = bucket_.shard;
    fill(commit);
    ASSERT_TRUE(run_sync(rows_.commit(std::move(commit))));
  }
  void overwrite(std::string key, std::string value) {
    commit([&](meta::Commit& to) { to.put(std::move(key), std::move(value)); });
  }
  void erase(std::string key) {
    commit([&](meta::Commit& to) { to.erase(std::move(key)); });
  }
  Version head(const std::string& key) {
    const auto found = run_sync(rows_.get(bucket_.shard, row::head(key))).value();
    return row::decode_version(found.value()).value();
  }
  // Replaces a blob's bytes.
  void rewrite(const blob::BlobId& id, std::string_view bytes) {
    ASSERT_TRUE(run_sync(blobs_.discard(id)));
    auto writer = run_sync(blobs_.create(id, 0, *policy::may_send({}, {}))).value();
    ASSERT_TRUE(run_sync(writer->append(bytes)));
    ASSERT_TRUE(run_sync(writer->seal()));
  }
  // One fault, one finding, which names the object.
  void expect_only(std::string_view key, std::string_view what) {
    run();
    EXPECT_TRUE(findings_.has(key, what)) << findings_.text();
    EXPECT_EQ(findings_.all.size(), 1U) << findings_.text();
    if (!findings_.all.empty() && !key.empty()) EXPECT_EQ(findings_.all[0].bucket, kBucket);
  }

  Bucket bucket_;
  UploadRef upload_;
  std::vector<meta::ShardId> shards_ = {meta::kFirstBucketShard};
  Findings findings_;
};

TEST_F(Verify, AGoodStoreIsClean) {
  const auto open = begin_upload(kBucket, "f");
  ASSERT_TRUE(put_part(open, 1, std::string(100'000, 'p')));
  ASSERT_TRUE(put_part(open, 1, std::string(100'000, 'q')));  // the first one is garbage
  ASSERT_TRUE(put(kBucket, "b-blob", std::string(100'000, 'B')));
  const auto totals = run();
  EXPECT_TRUE(findings_.all.empty()) << findings_.text();
  EXPECT_GT(findings_.progressed, 0);
  EXPECT_EQ(totals.objects, 5U);
  EXPECT_EQ(totals.versions, 5U);
  EXPECT_EQ(totals.bytes, 5 + 100'000 + (12U << 20U) + 0 + 1);
  EXPECT_EQ(totals.uploads, 1U);
  EXPECT_EQ(totals.live_blobs, 4U);
  EXPECT_EQ(totals.blobs, 6U);
  EXPECT_EQ(totals.garbage_rows, 2U);
  EXPECT_EQ(totals.unreferenced, 0U);
  EXPECT_EQ(totals.bytes_read, totals.live_blob_bytes);
  ASSERT_EQ(totals.buckets.size(), 1U);
  EXPECT_EQ(totals.buckets[0].name, kBucket);
  EXPECT_EQ(totals.buckets[0].bytes, totals.bytes);
  EXPECT_EQ(run({.blobs = true, .bytes = false}).bytes_read, 0U);
}

TEST_F(Verify, StaysCleanThroughDeletesAndSweeps) {
  ASSERT_TRUE(remove(kBucket, "b-blob"));
  ASSERT_TRUE(remove(kBucket, "c-parts"));
  ASSERT_TRUE(remove(kBucket, "a-inline"));
  run();
  EXPECT_TRUE(findings_.all.empty()) << findings_.text();
  clock_.advance(100'000);
  ASSERT_TRUE(run_sync(store_->sweep()));
  const auto totals = run();
  EXPECT_TRUE(findings_.all.empty()) << findings_.text();
  EXPECT_EQ(totals.blobs, 0U);
  for (const auto& key : {std::string("d-empty"), std::string("e\0key", 5)}) {
    ASSERT_TRUE(remove(kBucket, key));
  }
  ASSERT_TRUE(run_sync(store_->delete_bucket(kBucket)));
  run();
  EXPECT_TRUE(findings_.all.empty()) << findings_.text();
}

class VerifyVersions : public Verify {
 protected:
  VerifyVersions() {
    EXPECT_TRUE(run_sync(store_->amend_bucket({.name = kBucket,
                                               .id = bucket_.id,
                                               .ownership = {},
                                               .acl = {},
                                               .versioning = Versioning::kEnabled})));
    for (const char* body : {"1", "2", "3"}) {
      clock_.advance(1);
      EXPECT_TRUE(put(kBucket, "v", body));
    }
    EXPECT_TRUE(put(kBucket, "b-blob", std::string(100'000, 'B')));
    EXPECT_TRUE(remove(kBucket, "c-parts"));
  }
  // The newest of the key's.
  Version noncurrent(const std::string& key) {
    const std::string from = row::noncurrent_prefix(key);
    const auto rows =
        run_sync(rows_.scan(bucket_.shard, from, meta::after_prefix(from), 1)).value();
    return row::decode_version(rows.at(0).value).value();
  }
};

TEST_F(VerifyVersions, AreClean) {
  const auto totals = run();
  EXPECT_TRUE(findings_.all.empty()) << findings_.text();
  EXPECT_EQ(totals.versions, 5U + 3 + 1 + 1);
  EXPECT_EQ(totals.objects, 5U);  // c-parts is hidden, v is new
  ASSERT_TRUE(remove(kBucket, "v", {}, head("v").version_id));
  ASSERT_TRUE(remove(kBucket, "c-parts", {}, "null"));
  run();
  EXPECT_TRUE(findings_.all.empty()) << findings_.text();
}

TEST_F(VerifyVersions, RowsThatContradictEachOther) {
  const Version old = noncurrent("v");
  const std::string row_key = row::noncurrent("v", old.stamp);
  const std::string since = row::became_noncurrent(*old.noncurrent_since, "v", old.stamp);
  erase(since);
  expect_only("v", "its row of when it became noncurrent is missing");
  overwrite(since, "");
  Version changed = old;
  changed.noncurrent_since.reset();
  overwrite(row_key, row::encode(changed));
  run();
  EXPECT_TRUE(findings_.has("v", "since when it is noncurrent")) << findings_.text();
  EXPECT_TRUE(findings_.has("v", "of the index of times is of no version")) << findings_.text();
  changed = old;
  changed.version_id.clear();
  overwrite(row_key, row::encode(changed));
  run();
  EXPECT_TRUE(findings_.all.empty()) << findings_.text();  // the only null version
  Version newest = head("v");
  newest.version_id.clear();
  overwrite(row::head("v"), row::encode(newest));
  expect_only("v", "a second null version");
  overwrite(row_key, row::encode(old));
  newest.stamp = old.stamp;
  overwrite(row::head("v"), row::encode(newest));
  run();
  EXPECT_TRUE(findings_.has("v", "newer than its head")) << findings_.text();
  erase(row::head("v"));
  run();
  EXPECT_TRUE(findings_.has("v", "a key without a head")) << findings_.text();
}

TEST_F(VerifyVersions, AHeadThatSaysItIsNoncurrent) {
  Version newest = head("v");
  newest.noncurrent_since = newest.modified;
  overwrite(row::head("v"), row::encode(newest));
  expect_only("v", "its head row is a noncurrent version");
}

TEST_F(VerifyVersions, AShardOfALaterActThanItsRecord) {
  const auto found = run_sync(rows_.get(bucket_.shard, row::shard())).value();
  row::Shard shard = row::decode_shard(*found).value();
  ++shard.config_epoch;
  overwrite(row::shard(), row::encode(shard));
  expect_only("", "later config epoch");
}

TEST_F(Verify, MissingBlob) {
  ASSERT_TRUE(run_sync(blobs_.discard(head("b-blob").segments[0].blob)));
  expect_only("b-blob", "is missing");
}

TEST_F(Verify, BlobOfAnotherSize) {
  rewrite(head("b-blob").segments[0].blob, "short");
  expect_only("b-blob", "has 5 bytes, its row says 200000");
}

TEST_F(Verify, BlobOfOtherBytes) {
  rewrite(head("b-blob").segments[0].blob, std::string(200'000, 'X'));
  expect_only("b-blob", "another MD5");
  run({.blobs = true, .bytes = false});
  EXPECT_TRUE(findings_.all.empty());
}

TEST_F(Verify, PartOfOtherBytes) {
  const auto manifest =
      run_sync(rows_.get(bucket_.shard, row::manifest("c-parts", head("c-parts").stamp))).value();
  const auto parts = row::decode_manifest(*manifest).value();
  rewrite(parts[1].segment.blob, std::string(6U << 20U, 'X'));
  expect_only("c-parts", "another MD5");
}

TEST_F(Verify, ManifestThatDoesNotAddUp) {
  const std::string key = row::manifest("c-parts", head("c-parts").stamp);
  auto parts = row::decode_manifest(*run_sync(rows_.get(bucket_.shard, key)).value()).value();
  parts.pop_back();
  overwrite(key, row::encode(parts));
  run();
  EXPECT_TRUE(findings_.has("c-parts", "its manifest has 1 parts")) << findings_.text();
  EXPECT_TRUE(findings_.has("c-parts", "its ETag")) << findings_.text();
  EXPECT_TRUE(findings_.has("", "named by no row", false)) << findings_.text();
  erase(key);
  run();
  EXPECT_TRUE(findings_.has("c-parts", "its manifest is missing")) << findings_.text();
}

TEST_F(Verify, InlineBodies) {
  const std::string key = row::body("a-inline", head("a-inline").stamp);
  overwrite(key, "jello");
  expect_only("a-inline", "another MD5");
  overwrite(key, "hell");
  expect_only("a-inline", "has 4 bytes");
  erase(key);
  expect_only("a-inline", "its inline body is missing");
  overwrite(key, "hello");
  overwrite(row::body("a-inline", 77), "stray");
  expect_only("a-inline", "an inline body of no version");
}

TEST_F(Verify, UndecodableRowsDoNotStopTheWalk) {
  overwrite(row::head("a-inline"), "\x01rubbish");
  ASSERT_TRUE(run_sync(blobs_.discard(head("b-blob").segments[0].blob)));
  const auto totals = run();
  EXPECT_TRUE(findings_.has("a-inline", "its head row")) << findings_.text();
  EXPECT_TRUE(findings_.has("b-blob", "is missing")) << findings_.text();
  EXPECT_TRUE(findings_.has("", "counters can't be judged", false)) << findings_.text();
  EXPECT_EQ(totals.errors, 3U);  // and that there are no acts
  EXPECT_EQ(totals.objects, 4U);
}

TEST_F(Verify, EveryTagDecodesOrIsTold) {
  for (const std::string_view tag : {"V", "B", "M", "U", "P", "D", "p", "g", "c", "t", "s", "Z"}) {
    overwrite(std::string(tag), "\x7f");
    run();
    std::erase_if(findings_.all, [](const Finding& one) { return !one.is_error; });
    EXPECT_EQ(findings_.all.size(), 1U) << tag << "\n" << findings_.text();
    erase(std::string(tag));
  }
}

TEST_F(Verify, WrongCounters) {
  commit([](meta::Commit& to) { to.add(row::counters(1), row::encode_counters(1, -5)); });
  expect_only("", "its counters say 6 versions");
}

TEST_F(Verify, WrongCountersOfParts) {
  commit([](meta::Commit& to) {
    to.add(row::counters(1), row::encode_counters({.objects = 0, .bytes = 0, .part_bytes = 7}));
  });
  expect_only("", "bytes of parts, its rows");
}

TEST_F(Verify, BlobsThatNoRowOrTwoRowsName) {
  rewrite(std::string(blob::kBlobIdBytes, 'o'), "orphan");
  const auto totals = run();
  EXPECT_TRUE(findings_.has("", "named by no row", false)) << findings_.text();
  EXPECT_EQ(findings_.all.size(), 1U);
  EXPECT_EQ(totals.unreferenced, 1U);
  overwrite(row::pending(1, 999), row::encode_pending(std::string(blob::kBlobIdBytes, 'o')));
  run();
  EXPECT_TRUE(findings_.all.empty()) << findings_.text();
  overwrite(row::pending(1, 998), row::encode_pending(head("b-blob").segments[0].blob));
  run();
  EXPECT_TRUE(findings_.has("", "named by another row, too")) << findings_.text();
}

TEST_F(Verify, OnlineNewBlobsAreNoStrangers) {
  blob::BlobId of_now(blob::kBlobIdBytes, 'n');
  of_now.replace(0, 8, std::string("\0\0\0\0\0\0\0\1", 8));
  blob::BlobId of_before = of_now;
  of_before[7] = '\0';
  rewrite(of_now, "new");
  rewrite(of_before, "old");
  EXPECT_EQ(run({.online = true}).unreferenced, 1U);
  EXPECT_TRUE(findings_.has("", codec::hex_encode(of_before), false)) << findings_.text();
  EXPECT_EQ(run().unreferenced, 2U);
}

TEST_F(Verify, GivesEachNeededBlobToWhoTakesThem) {
  begin_upload(kBucket, "under way");
  ASSERT_TRUE(put(kBucket, "gone", std::string(100'000, 'g')));
  ASSERT_TRUE(remove(kBucket, "gone"));
  std::map<blob::BlobId, std::uint64_t> taken;
  const blob::BlobId bad = head("b-blob").segments[0].blob;
  take_ = [&](const blob::BlobId& blob, std::uint64_t size) -> std::optional<std::string> {
    taken[blob] = size;
    if (blob == bad) return "it is bad";
    return std::nullopt;
  };
  const auto totals = run();
  EXPECT_EQ(taken.size(), 3U);  // of b-blob and the two parts
  EXPECT_EQ(totals.live_blobs, 3U);
  EXPECT_EQ(taken[bad], 200'000U);
  EXPECT_EQ(totals.errors, 2U);  // with kNoActs
  EXPECT_TRUE(findings_.has("b-blob", "it is bad")) << findings_.text();
  EXPECT_EQ(totals.bytes_read, 0U);
}

TEST_F(Verify, StopsWhenToldAndFindsNothingMore) {
  for (int limit = 0; limit < 8; ++limit) {
    erase(row::counters(1));
    limit_ = limit;
    const auto totals = run();
    EXPECT_TRUE(totals.stopped);
    EXPECT_TRUE(findings_.all.empty()) << findings_.text();
  }
}

TEST_F(Verify, IndexOfTimes) {
  const Version version = head("a-inline");
  erase(row::created(version.modified, "a-inline", version.stamp));
  expect_only("a-inline", "its creation row is missing");
  overwrite(row::created(version.modified, "a-inline", version.stamp), "");
  overwrite(row::created(version.modified, "gone", version.stamp), "");
  expect_only("gone", "of no version");
}

TEST_F(Verify, NamesAndShardsAgree) {
  meta::Commit names;
  names.shard = meta::kNamesShard;
  names.erase(row::owned_bucket(bucket_.owner, kBucket));
  names.put(row::owned_bucket("222222222222", "ghost"), row::encode_number(5));
  names.put("Z", "");
  ASSERT_TRUE(run_sync(rows_.commit(names)));
  erase(row::shard());
  shards_.push_back(meta::kFirstBucketShard + 5);
  run();
  EXPECT_TRUE(findings_.has("", "its owner's index does not name it")) << findings_.text();
  EXPECT_TRUE(findings_.has("", "an owner's index names it, but")) << findings_.text();
  EXPECT_TRUE(findings_.has("", "names: a row of an unknown tag")) << findings_.text();
  EXPECT_TRUE(findings_.has("", "its shard row is missing")) << findings_.text();
  EXPECT_TRUE(findings_.has("", "has rows, but no bucket")) << findings_.text();
}

TEST_F(Verify, TheLogAndTheJournal) {
  shards_.insert(shards_.begin(), {tlog::kLogShard, audit::kJournalShard});
  auto signer =
      merkle::Signer::make("log.example/test", merkle::KeyType::kEd25519, std::string(32, 's'));
  auto log = run_sync(tlog::open_log(rows_, std::move(*signer), {})).value();
  for (int i = 0; i < 300; ++i) ASSERT_TRUE(run_sync(log->append("entry")));
  ASSERT_TRUE(run_sync(log->publish(run_sync(log->sign()).value())));
  auto journal = run_sync(audit::open_journal(rows_)).value();
  ASSERT_TRUE(run_sync(journal->add_durably(audit::Queue::kTrail, "item")));
  ASSERT_TRUE(run_sync(journal->intend(audit::Queue::kTrail, "id", "item")));
  ASSERT_TRUE(journal->close());
  run();
  EXPECT_TRUE(findings_.all.empty()) << findings_.text();

  meta::Commit commit{.shard = tlog::kLogShard, .preconditions = {}, .mutations = {}};
  commit.put("x", "");
  commit.erase(tlog::entries_row(299));
  ASSERT_TRUE(run_sync(rows_.commit(commit)));
  commit = {.shard = audit::kJournalShard, .preconditions = {}, .mutations = {}};
  commit.put(audit::items_row(audit::Queue::kTrail, 1), "");
  ASSERT_TRUE(run_sync(rows_.commit(commit)));
  run();
  EXPECT_TRUE(findings_.has("", "log: a row of an unknown tag")) << findings_.text();
  EXPECT_TRUE(findings_.has("", "log: ")) << findings_.text();
  EXPECT_EQ(findings_.all.size(), 3U) << findings_.text();
}

TEST_F(Verify, RowsBehindUnreadableOnesAreJudged) {
  ASSERT_TRUE(run_sync(blobs_.discard(head("b-blob").segments[0].blob)));
  const std::string last("e\0key", 5);
  erase(row::body(last, head(last).stamp));
  BadRows rows(rows_);
  rows.bad = row::head("c-parts");
  run_on(rows);
  EXPECT_TRUE(findings_.has("", "can't be read")) << findings_.text();
  EXPECT_TRUE(findings_.has("b-blob", "is missing")) << findings_.text();
  EXPECT_TRUE(findings_.has(last, "its inline body is missing")) << findings_.text();
  EXPECT_FALSE(findings_.has("c-parts", "of no version")) << findings_.text();
}

}  // namespace
}  // namespace muzn::object::test
