// Versions of a key: what writes and removals make of them in each state of a bucket.
#include <algorithm>
#include <set>

#include "codec/base64.h"
#include "object/row_keys.h"
#include "object/row_values.h"
#include "object/version_id.h"
#include "unit/object/fixture.h"

namespace muzn::object::test {
namespace {

using Ids = std::vector<std::string>;

class Versioned : public ObjectTest {
 protected:
  Versioned() { bucket_ = make_bucket(kBucket).value(); }

  void set(Versioning versioning) {
    const auto amended = run_sync(store_->amend_bucket(
        {.name = kBucket, .id = bucket_.id, .ownership = {}, .acl = {}, .versioning = versioning}));
    ASSERT_TRUE(amended) << amended.error().what;
    ASSERT_EQ(amended->versioning, versioning);
  }
  std::string put_one(std::string body) {
    clock_.advance(1);
    return put(kBucket, "k", std::move(body)).value().version_id;
  }
  Removed remove_one(std::optional<std::string> version = std::nullopt) {
    clock_.advance(1);
    return remove(kBucket, "k", {}, std::move(version)).value();
  }
  std::string body(const std::optional<std::string>& version = std::nullopt) {
    const auto opened = open(kBucket, "k", version);
    if (!opened) return "fault " + std::to_string(static_cast<int>(opened.error().fault));
    return read(**opened, 0, (*opened)->version().size);
  }
  // Newest first, as list_versions() has them: the id, "!" after a marker's, "*" after the latest.
  Ids chain() {
    ListVersionsArgs args;
    args.list.bucket = kBucket;
    Ids out;
    for (const auto& entry : run_sync(store_->list_versions(args)).value().entries) {
      out.push_back(std::string(shown_version_id(entry.version.version_id)) +
                    (entry.version.delete_marker ? "!" : "") + (entry.latest ? "*" : ""));
    }
    return out;
  }
  std::size_t listed() {
    ListArgs args;
    args.bucket = kBucket;
    return run_sync(store_->list(args)).value().entries.size();
  }
  Usage usage() { return run_sync(store_->usage(kBucket)).value(); }
  std::size_t rows(char tag) { return rows_of(bucket_.shard, tag).size(); }

  Bucket bucket_;
};

TEST(VersionIds, AreOpaqueAndUrlReady) {
  SeededRng rng;
  std::set<std::string> seen;
  std::vector<std::string> made;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = new_version_id(rng, from_micros(1000 + i));
    EXPECT_EQ(id.size(), 32U);
    EXPECT_EQ(stamp_hint(id), 1000U + static_cast<unsigned>(i));
    EXPECT_TRUE(is_version_id(id)) << id;
    EXPECT_TRUE(seen.insert(id).second);
    made.push_back(id);
  }
  EXPECT_FALSE(std::ranges::is_sorted(made) || std::ranges::is_sorted(made, std::greater()));
  EXPECT_TRUE(is_version_id("null"));
  EXPECT_EQ(stamp_hint("null"), 0U);
  EXPECT_EQ(stamp_hint("none"), 0U);
  const std::string good(32, 'a');
  for (const std::string& bad : {std::string(), std::string("nul"), good + "a", good.substr(1),
                                 "-" + good.substr(1), " " + good.substr(1)}) {
    EXPECT_FALSE(is_version_id(bad)) << bad;
  }
}

TEST_F(Versioned, EachWriteIsAVersionAndNoneIsLost) {
  EXPECT_EQ(put_one("first"), "");
  set(Versioning::kEnabled);
  const std::string second = put_one("second");
  const std::string third = put_one(std::string(20'000, '3'));
  EXPECT_TRUE(is_version_id(second) && second != "null");
  EXPECT_NE(second, third);
  EXPECT_EQ(chain(), (Ids{third + "*", second, "null"}));
  EXPECT_EQ(body().size(), 20'000U);
  EXPECT_EQ(body(second), "second");
  EXPECT_EQ(body("null"), "first");
  EXPECT_EQ(usage().objects, 3);
  EXPECT_EQ(usage().bytes, 5 + 6 + 20'000);
  EXPECT_EQ(listed(), 1U);
  EXPECT_TRUE(fails(open(kBucket, "k", std::string(32, 'a')), Fault::kNoSuchVersion));
  clock_.advance(100'000);
  ASSERT_TRUE(run_sync(store_->sweep()));
  EXPECT_EQ(body().size(), 20'000U);
}

TEST_F(Versioned, ARemovalHidesTheKeyBehindAMarker) {
  set(Versioning::kEnabled);
  const std::string first = put_one("first");
  const Removed marker = remove_one();
  EXPECT_TRUE(marker.delete_marker);
  EXPECT_EQ(chain(), (Ids{marker.version_id + "!*", first}));
  EXPECT_EQ(listed(), 0U);
  const auto current = open(kBucket, "k");
  ASSERT_TRUE(fails(current, Fault::kDeleteMarker));
  EXPECT_EQ(current.error().marker->version_id, marker.version_id);
  const auto named = open(kBucket, "k", marker.version_id);
  ASSERT_TRUE(fails(named, Fault::kMarkerVersion));
  EXPECT_EQ(named.error().marker->modified, clock_.now());
  EXPECT_EQ(body(first), "first");
  EXPECT_EQ(usage().bytes, 5);
  // A second marker, and one of a key that never was.
  const Removed again = remove_one();
  EXPECT_TRUE(remove(kBucket, "never")->delete_marker);
  EXPECT_TRUE(remove_one(again.version_id).delete_marker);
  // With its marker the deletion goes.
  const Removed undone = remove_one(marker.version_id);
  EXPECT_TRUE(undone.delete_marker);
  EXPECT_EQ(undone.version_id, marker.version_id);
  EXPECT_EQ(body(), "first");
  EXPECT_TRUE(fails(run_sync(store_->delete_bucket(kBucket)), Fault::kBucketNotEmpty));
}

TEST_F(Versioned, AMarkerBelongsToWhoMadeIt) {
  set(Versioning::kEnabled);
  RemoveArgs args{.bucket = kBucket, .key = "k", .version_id = {}, .condition = {}, .owner = "2"};
  ASSERT_TRUE(run_sync(store_->remove(args)));
  EXPECT_EQ(row::decode_version(rows_of(bucket_.shard, 'H').at(0).value)->owner, "2");
}

TEST_F(Versioned, RemovingTheHeadPromotesTheNextNewest) {
  set(Versioning::kEnabled);
  const std::string first = put_one("first");
  const std::string second = put_one("second");
  const std::string third = put_one("third");
  remove_one(second);
  EXPECT_EQ(chain(), (Ids{third + "*", first}));
  remove_one(third);
  EXPECT_EQ(chain(), (Ids{first + "*"}));
  EXPECT_EQ(body(), "first");
  EXPECT_EQ(rows('t'), 1U);  // its creation; it is not noncurrent any more
  // What is not there is removed without an error, and told by its name.
  EXPECT_EQ(remove_one(second).version_id, second);
  EXPECT_EQ(remove_one("null").version_id, "");
  remove_one(first);
  EXPECT_TRUE(fails(open(kBucket, "k"), Fault::kNoSuchKey));
  for (const char tag : {'H', 'V', 'B', 't'}) EXPECT_EQ(rows(tag), 0U) << tag;
  EXPECT_EQ(usage().objects, 0);
  EXPECT_EQ(usage().bytes, 0);
  EXPECT_TRUE(run_sync(store_->delete_bucket(kBucket)));
}

TEST_F(Versioned, SuspendedWritesReplaceTheNullVersionOnly) {
  put_one("null 1");
  set(Versioning::kEnabled);
  const std::string kept = put_one("kept");
  set(Versioning::kSuspended);
  EXPECT_EQ(put_one("null 2"), "");  // the null version lies under `kept`
  EXPECT_EQ(chain(), (Ids{"null*", kept}));
  EXPECT_EQ(put_one("null 3"), "");
  EXPECT_EQ(chain(), (Ids{"null*", kept}));
  EXPECT_EQ(body(), "null 3");
  EXPECT_EQ(body(kept), "kept");
  EXPECT_EQ(usage().objects, 2);
  EXPECT_EQ(usage().bytes, 6 + 4);
  const Removed marker = remove_one();
  EXPECT_TRUE(marker.delete_marker);
  EXPECT_EQ(marker.version_id, "");
  EXPECT_EQ(chain(), (Ids{"null!*", kept}));
  EXPECT_EQ(usage().bytes, 4);
  put_one("null 4");
  EXPECT_EQ(chain(), (Ids{"null*", kept}));
  set(Versioning::kEnabled);
  const std::string newest = put_one("newest");
  EXPECT_EQ(chain(), (Ids{newest + "*", "null", kept}));
  remove_one("null");
  EXPECT_EQ(chain(), (Ids{newest + "*", kept}));
  EXPECT_EQ(rows('B'), 2U);
  EXPECT_EQ(rows('t'), 3U);  // two creations, and since when one is noncurrent
}

TEST_F(Versioned, ABucketSuspendedFromTheStartHasMarkersToo) {
  set(Versioning::kSuspended);
  put_one("a");
  EXPECT_TRUE(remove_one().delete_marker);
  EXPECT_EQ(chain(), (Ids{"null!*"}));
  EXPECT_TRUE(fails(run_sync(store_->delete_bucket(kBucket)), Fault::kBucketNotEmpty));
  remove_one("null");
  EXPECT_TRUE(run_sync(store_->delete_bucket(kBucket)));
}

TEST_F(Versioned, ConditionsAreOfTheCurrentVersionAndAMarkerIsNone) {
  set(Versioning::kEnabled);
  WriteCondition absent;
  absent.if_none_match = "*";
  WriteCondition present;
  present.if_match = "*";
  ASSERT_TRUE(put(kBucket, "k", "a", absent));
  EXPECT_TRUE(fails(put(kBucket, "k", "b", absent), Fault::kPreconditionFailed));
  ASSERT_TRUE(put(kBucket, "k", "b", present));
  remove_one();
  EXPECT_TRUE(fails(put(kBucket, "k", "c", present), Fault::kNoSuchKey));
  ASSERT_TRUE(put(kBucket, "k", "c", absent));
  WriteCondition other;
  other.if_match = "\"00000000000000000000000000000000\"";
  EXPECT_TRUE(fails(remove(kBucket, "k", other), Fault::kPreconditionFailed));
  EXPECT_EQ(chain().size(), 4U);
}

TEST_F(Versioned, ACompletedUploadIsAVersion) {
  set(Versioning::kEnabled);
  const std::string first = put_one(std::string(20'000, '1'));
  const UploadRef upload = begin_upload(kBucket, "k");
  const Part part = put_part(upload, 1, "part").value();
  CompleteArgs args;
  args.upload = upload;
  args.parts = {{1, codec::hex_encode(part.md5), std::nullopt}};
  const Written written = run_sync(store_->complete_upload(args)).value();
  EXPECT_TRUE(is_version_id(written.version_id) && written.version_id != "null");
  EXPECT_EQ(run_sync(store_->complete_upload(args)).value().version_id, written.version_id);
  EXPECT_EQ(chain(), (Ids{written.version_id + "*", first}));
  put_one("small");
  EXPECT_EQ(body(written.version_id), "part");
  EXPECT_EQ(open(kBucket, "k", written.version_id).value()->version().part_count, 1U);
  remove_one(written.version_id);
  remove_one(first);
  clock_.advance(100'000);
  ASSERT_TRUE(run_sync(store_->sweep()));
  EXPECT_EQ(blobs_.count_for_test(), 0U);
  EXPECT_EQ(rows('M'), 0U);
}

// The rows that a removed upload leaves for the sweeper are not taken for those of a later one.
TEST_F(Versioned, AStampIsNeverGivenAgain) {
  set(Versioning::kEnabled);
  const auto complete = [this](const std::string& bytes) {
    const UploadRef upload = begin_upload(kBucket, "k");
    const Part part = put_part(upload, 1, bytes).value();
    CompleteArgs args;
    args.upload = upload;
    args.parts = {{1, codec::hex_encode(part.md5), std::nullopt}};
    return run_sync(store_->complete_upload(args)).value().version_id;
  };
  put_one("first");
  clock_.advance(-1000);  // behind the head
  remove_one(complete("removed"));
  const std::string kept = complete("kept");
  clock_.advance(100'000);
  ASSERT_TRUE(run_sync(store_->sweep()));
  EXPECT_EQ(body(kept), "kept");
}

TEST_F(Versioned, WhatChangesInPlaceIsFoundByItsId) {
  set(Versioning::kEnabled);
  const std::string first = put_one("first");
  put_one("second");
  AmendArgs args;
  args.bucket = kBucket;
  args.key = "k";
  args.version_id = first;
  args.tags = Pairs{{"a", "1"}};
  ASSERT_TRUE(run_sync(store_->amend(args)));
  EXPECT_TRUE(open(kBucket, "k").value()->version().attributes.tags.empty());
  remove_one();
  EXPECT_EQ(open(kBucket, "k", first).value()->version().attributes.tags, *args.tags);
  args.version_id.reset();
  EXPECT_TRUE(fails(run_sync(store_->amend(args)), Fault::kDeleteMarker));
}

// No bucket with Object Lock gets there; a row that says so is obeyed all the same.
TEST_F(Versioned, ALockedNullVersionIsNotReplaced) {
  put_one("first");
  const auto head = rows_of(bucket_.shard, 'H').at(0);
  Version locked = row::decode_version(head.value).value();
  locked.lock.hold = LegalHold::kOn;
  meta::Commit commit;
  commit.shard = bucket_.shard;
  commit.put(head.key, row::encode(locked));
  ASSERT_TRUE(run_sync(rows_.commit(std::move(commit))));
  EXPECT_TRUE(fails(put(kBucket, "k", "second"), Fault::kLocked));
  EXPECT_TRUE(fails(remove(kBucket, "k"), Fault::kLocked));
  set(Versioning::kSuspended);
  EXPECT_TRUE(fails(put(kBucket, "k", "second"), Fault::kLocked));
  EXPECT_TRUE(fails(remove(kBucket, "k"), Fault::kLocked));
  EXPECT_EQ(body(), "first");
}

// The act raises the epoch in the record first. Whoever writes next finishes it.
TEST_F(Versioned, AnActThatACrashCutShortHoldsAllTheSame) {
  const auto record = rows_of(meta::kNamesShard, 'b').at(0);
  Bucket half = row::decode_bucket(record.value).value();
  half.versioning = Versioning::kEnabled;
  ++half.config_epoch;
  meta::Commit commit;
  commit.shard = meta::kNamesShard;
  commit.put(record.key, row::encode(half));
  ASSERT_TRUE(run_sync(rows_.commit(std::move(commit))));
  EXPECT_NE(put_one("a"), "");
  EXPECT_EQ(row::decode_shard(rows_of(bucket_.shard, 'm').at(0).value)->config_epoch,
            half.config_epoch);
}

TEST_F(Versioned, ARecordThatIsOlderThanItsShardIsRefused) {
  const auto record = rows_of(meta::kNamesShard, 'b').at(0);
  set(Versioning::kEnabled);
  meta::Commit commit;
  commit.shard = meta::kNamesShard;
  commit.put(record.key, record.value);
  ASSERT_TRUE(run_sync(rows_.commit(std::move(commit))));
  const auto written = put(kBucket, "k", "a");
  ASSERT_TRUE(fails(written, Fault::kStorage));
  EXPECT_EQ(written.error().code, Code::kCorrupt);
}

TEST_F(Versioned, AnActOfTheSameStateChangesNothing) {
  set(Versioning::kEnabled);
  const auto before = rows_of(bucket_.shard, 'm');
  set(Versioning::kEnabled);
  EXPECT_EQ(rows_of(bucket_.shard, 'm'), before);
}

// Passes on, and counts the rows that scans gave.
class CountingRows final : public meta::Store {
 public:
  explicit CountingRows(meta::Store& below) : below_(below) {}
  std::size_t scanned = 0;

  Task<Result<std::optional<std::string>>> get(meta::ShardId shard, std::string key) override {
    return below_.get(shard, std::move(key));
  }
  Task<Result<std::vector<meta::Row>>> scan(meta::ShardId shard, std::string from, std::string to,
                                            std::size_t limit) override {
    return count(below_.scan(shard, std::move(from), std::move(to), limit));
  }
  Task<Result<std::vector<meta::Row>>> scan_back(meta::ShardId shard, std::string from,
                                                 std::string to, std::size_t limit) override {
    return count(below_.scan_back(shard, std::move(from), std::move(to), limit));
  }
  Task<Result<void>> commit(meta::Commit commit) override {
    return below_.commit(std::move(commit));
  }
  Task<Result<void>> destroy(meta::ShardId shard) override { return below_.destroy(shard); }
  meta::StoreFigures figures() const override { return below_.figures(); }

 private:
  Task<Result<std::vector<meta::Row>>> count(Task<Result<std::vector<meta::Row>>> task) {
    auto rows = co_await std::move(task);
    if (rows) scanned += rows->size();
    co_return rows;
  }

  meta::Store& below_;
};

TEST_F(Versioned, AVersionIsFoundAmongManyWithoutALookAtAll) {
  set(Versioning::kEnabled);
  Ids ids;
  for (int i = 0; i < 500; ++i) ids.push_back(put_one(std::to_string(i)));
  CountingRows counting(rows_);
  store_ = run_sync(open_store(counting, blobs_, pool_, clock_, rng_, {})).value();
  counting.scanned = 0;
  for (std::size_t i = 0; i < ids.size(); i += 50) EXPECT_EQ(body(ids[i]), std::to_string(i));
  EXPECT_LE(counting.scanned, 10U * 4);
  // Where the clock went back its id misleads, and all are looked at.
  clock_.advance(-1'000'000);
  const std::string early = put(kBucket, "k", "early").value().version_id;
  put_one("last");
  EXPECT_EQ(body(early), "early");
  store_.reset();
}

// Pages of one key each, over keys that are mostly hidden: few scans, no key lost.
TEST_F(Versioned, ManyMarkersAreListedOver) {
  set(Versioning::kEnabled);
  for (int i = 0; i < 3000; ++i) {
    const std::string key = "k" + std::to_string(10'000 + i);
    if (i % 1000 == 500) {
      ASSERT_TRUE(put(kBucket, key, "x"));
    } else {
      ASSERT_TRUE(remove(kBucket, key));
    }
  }
  ListArgs args;
  args.bucket = kBucket;
  args.limit = 1;
  std::string all;
  for (bool more = true; more;) {
    const auto page = run_sync(store_->list(args)).value();
    for (const auto& entry : page.entries) all += entry.key + " ";
    args.after = page.next_after;
    more = page.truncated;
  }
  EXPECT_EQ(all, "k10500 k11500 k12500 ");
}

}  // namespace
}  // namespace muzn::object::test
