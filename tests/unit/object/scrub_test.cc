// scrub() finds each planted fault, names the object, goes on where it was, and tells nothing that
// is not so while objects come and go.
#include "object/scrub.h"

#include <algorithm>
#include <set>
#include <thread>

#include "codec/base64.h"
#include "object/row_keys.h"
#include "object/row_values.h"
#include "unit/object/fixture.h"

namespace muzn::object::test {
namespace {

// Rows of which one can't be read, and tables of which some are bad.
class BadRows final : public meta::Store, public meta::Tables {
 public:
  explicit BadRows(meta::Store& rows) : rows_(rows) {}
  std::string bad;  // a row key
  std::vector<std::uint64_t> numbers;
  std::set<std::uint64_t> rotten;
  mutable std::vector<std::uint64_t> verified;

  Task<Result<std::optional<std::string>>> get(meta::ShardId shard, std::string key) override {
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
  const meta::Tables* tables() const override { return this; }

  std::vector<std::uint64_t> list() const override { return numbers; }
  Result<void> verify(std::uint64_t number,
                      const std::function<bool(std::uint64_t)>& go_on) const override {
    if (!go_on(1000)) return fail(Code::kUnavailable, "told to stop");
    verified.push_back(number);
    if (rotten.contains(number)) return fail(Code::kCorrupt, "a bad block");
    return {};
  }

 private:
  Task<Result<std::vector<meta::Row>>> judged(Task<Result<std::vector<meta::Row>>> task) {
    auto rows = co_await std::move(task);
    if (rows && !bad.empty() && std::ranges::find(*rows, bad, &meta::Row::key) != rows->end()) {
      co_return fail(Code::kCorrupt, "a bad block");
    }
    co_return rows;
  }

  meta::Store& rows_;
};

// Blobs with a moment for others just before one is opened.
class LateBlobs final : public blob::Store {
 public:
  explicit LateBlobs(blob::Store& blobs) : blobs_(blobs) {}
  std::function<void()> before_open;  // once

  Task<Result<std::unique_ptr<blob::Writer>>> create(blob::BlobId id, std::uint64_t size_hint,
                                                     policy::Permit permit) override {
    return blobs_.create(std::move(id), size_hint, permit);
  }
  Task<Result<std::unique_ptr<blob::Reader>>> open(blob::BlobId id) override {
    if (auto now = std::exchange(before_open, {})) now();
    return blobs_.open(std::move(id));
  }
  Task<Result<void>> discard(blob::BlobId id) override { return blobs_.discard(std::move(id)); }
  blob::BlobFigures figures() const override { return blobs_.figures(); }

 private:
  blob::Store& blobs_;
};

class Host final : public ScrubHost {
 public:
  bool spend(std::uint64_t bytes, std::uint64_t overhead) override {
    spent += bytes;
    costs += bytes + overhead;
    return steps == 0 || --steps > 0;
  }
  void found(ScrubFinding finding) override { findings.push_back(std::move(finding)); }
  void reached(const ScrubState& state) override { kept = state; }

  std::string text() const {
    std::string out;
    for (const auto& one : findings) {
      out += one.bucket + "/" + one.key + " [" + one.blob + "]: " + one.what + "\n";
    }
    return out;
  }
  bool has(std::string_view key, std::string_view what) const {
    return std::ranges::any_of(findings, [&](const ScrubFinding& one) {
      return one.key == key && one.what.find(what) != std::string::npos;
    });
  }

  std::vector<ScrubFinding> findings;
  std::uint64_t spent = 0;
  std::uint64_t costs = 0;
  std::size_t steps = 0;  // it stops after so many; 0 = never
  ScrubState kept;
};

class Scrub : public ObjectTest {
 protected:
  Scrub() {
    StoreOptions options;
    options.garbage_seconds = 0;
    options.done_seconds = 0;
    reopen(options);
    bucket_ = make_bucket(kBucket).value();
    EXPECT_TRUE(put(kBucket, "a-inline", "hello"));
    EXPECT_TRUE(put(kBucket, "b-blob", std::string(200'000, 'b')));
    upload_ = begin_upload(kBucket, "c-parts");
    complete_.upload = upload_;
    for (int number : {1, 2}) {
      const auto part = put_part(upload_, number, std::string(6U << 20U, 'c')).value();
      complete_.parts.push_back({number, codec::hex_encode(part.md5), std::nullopt});
    }
  }

  void complete() { EXPECT_TRUE(run_sync(store_->complete_upload(complete_))); }
  Host pass() { return pass_on(rows_, blobs_); }
  Host pass_on(meta::Store& rows, blob::Store& blobs) {
    Host host;
    ScrubState state;
    state.begin(clock_.now());
    EXPECT_TRUE(scrub(rows, blobs, state, host));
    EXPECT_EQ(state.so_far.errors, host.findings.size());
    EXPECT_EQ(state.so_far.bytes, host.spent);
    objects_ = state.so_far.objects;
    return host;
  }
  void write(std::string key, std::optional<std::string> value) {
    meta::Commit commit;
    commit.shard = bucket_.shard;
    if (value) commit.put(std::move(key), std::move(*value));
    if (!value) commit.erase(std::move(key));
    ASSERT_TRUE(run_sync(rows_.commit(std::move(commit))));
  }
  Version head(const std::string& key) {
    const auto found = run_sync(rows_.get(bucket_.shard, row::head(key))).value();
    return row::decode_version(found.value()).value();
  }
  void rewrite(const blob::BlobId& id, std::string_view bytes) {
    ASSERT_TRUE(run_sync(blobs_.discard(id)));
    auto writer = run_sync(blobs_.create(id, 0, *policy::may_send({}, {}))).value();
    ASSERT_TRUE(run_sync(writer->append(bytes)));
    ASSERT_TRUE(run_sync(writer->seal()));
  }
  void sweep() { ASSERT_TRUE(run_sync(store_->sweep())); }
  void expect_only(std::string_view key, std::string_view what) {
    const Host host = pass();
    EXPECT_TRUE(host.has(key, what)) << host.text();
    EXPECT_EQ(host.findings.size(), 1U) << host.text();
    for (const auto& one : host.findings) EXPECT_EQ(one.bucket, kBucket);
  }
  // Nothing is told when this happens between the read of a row and of its blob.
  void expect_no_false_alarm(std::function<void()> meanwhile) {
    LateBlobs late(blobs_);
    late.before_open = std::move(meanwhile);
    const Host host = pass_on(rows_, late);
    EXPECT_FALSE(late.before_open) << "nothing was opened";
    EXPECT_TRUE(host.findings.empty()) << host.text();
  }

  Bucket bucket_;
  UploadRef upload_;
  CompleteArgs complete_;
  std::uint64_t objects_ = 0;
};

TEST_F(Scrub, AGoodStoreHasNoFindings) {
  const Host open = pass();
  EXPECT_TRUE(open.findings.empty()) << open.text();
  EXPECT_EQ(objects_, 4U);  // two versions, two parts
  EXPECT_GE(open.spent, 5 + 200'000 + (12U << 20U));
  EXPECT_GT(open.costs, open.spent + 3 * 65'536U);
  complete();
  const Host whole = pass();
  EXPECT_TRUE(whole.findings.empty()) << whole.text();
  EXPECT_EQ(objects_, 3U);
  ASSERT_TRUE(remove(kBucket, "b-blob"));
  ASSERT_TRUE(remove(kBucket, "c-parts"));
  clock_.advance(1);
  sweep();
  EXPECT_TRUE(pass().findings.empty());
  EXPECT_EQ(objects_, 1U);
}

TEST_F(Scrub, FindsBadBlobsAndNamesThem) {
  const std::string blob = head("b-blob").segments[0].blob;
  rewrite(blob, std::string(200'000, 'X'));
  expect_only("b-blob", "another MD5");
  rewrite(blob, "short");
  expect_only("b-blob", "has 5 bytes, its row says 200000");
  ASSERT_TRUE(run_sync(blobs_.discard(blob)));
  const Host host = pass();
  ASSERT_EQ(host.findings.size(), 1U) << host.text();
  EXPECT_EQ(host.findings[0].blob, codec::hex_encode(blob));
  EXPECT_NE(host.findings[0].what.find("is missing"), std::string::npos);
}

TEST_F(Scrub, FindsBadPartsOfOpenUploadsAndOfVersions) {
  const auto part = run_sync(store_->list_parts(upload_, 0, 10)).value().parts.at(1);
  rewrite(part.segment.blob, std::string(6U << 20U, 'X'));
  expect_only("c-parts", "another MD5");
  complete();
  expect_only("c-parts", "another MD5");
  const std::string manifest = row::manifest("c-parts", head("c-parts").stamp);
  rewrite(part.segment.blob, std::string(6U << 20U, 'c'));
  EXPECT_TRUE(pass().findings.empty());
  write(manifest, std::nullopt);
  expect_only("c-parts", "its manifest is missing");
}

TEST_F(Scrub, FindsBadInlineBodies) {
  const std::string key = row::body("a-inline", head("a-inline").stamp);
  write(key, "jello");
  expect_only("a-inline", "another MD5");
  write(key, "hell");
  expect_only("a-inline", "has 4 bytes");
  write(key, std::nullopt);
  expect_only("a-inline", "its inline body is missing");
}

TEST_F(Scrub, FindsRowsThatDoNotDecode) {
  for (const std::string_view tag : {"D", "H", "P", "U", "V", "c", "g", "p", "s"}) {
    write(std::string(tag), "\x7f");
    const Host host = pass();
    EXPECT_EQ(host.findings.size(), 1U) << tag << "\n" << host.text();
    write(std::string(tag), std::nullopt);
  }
  write(row::head("a-inline"), "\x01rubbish");
  expect_only("a-inline", "its head row");
}

TEST_F(Scrub, FindsAMissingShardRowAndBadNames) {
  write(row::shard(), std::nullopt);
  expect_only("", "its shard row is missing");
  meta::Commit commit;
  commit.shard = meta::kNamesShard;
  commit.put("bzz", "\x7f");
  commit.put("ozz", "\x7f");
  ASSERT_TRUE(run_sync(rows_.commit(std::move(commit))));
  const Host host = pass();
  EXPECT_EQ(host.findings.size(), 3U) << host.text();
}

TEST_F(Scrub, RowsBehindUnreadableOnesAreJudged) {
  complete();
  ASSERT_TRUE(put(kBucket, "d", "x"));
  write(row::body("d", head("d").stamp), std::nullopt);
  rewrite(head("b-blob").segments[0].blob, "short");
  BadRows rows(rows_);
  rows.bad = row::head("c-parts");
  const Host host = pass_on(rows, blobs_);
  EXPECT_TRUE(host.has("", "can't be read")) << host.text();
  EXPECT_TRUE(host.has("b-blob", "has 5 bytes")) << host.text();
  EXPECT_TRUE(host.has("d", "its inline body is missing")) << host.text();
  EXPECT_EQ(host.findings.size(), 3U) << host.text();
}

TEST_F(Scrub, TablesAreReadOnceAPass) {
  BadRows rows(rows_);
  rows.numbers = {3, 5, 9};
  rows.rotten = {5};
  Host host;
  host.steps = 3;  // the third read is refused
  ScrubState state;
  state.begin(clock_.now());
  EXPECT_FALSE(scrub(rows, blobs_, state, host));
  EXPECT_EQ(host.findings.size(), 1U);
  EXPECT_EQ(state.table, 5U);
  host.steps = 0;
  EXPECT_TRUE(scrub(rows, blobs_, state, host));
  EXPECT_EQ(rows.verified, (std::vector<std::uint64_t>{3, 5, 9}));
  EXPECT_EQ(host.findings.size(), 1U) << host.text();
  EXPECT_NE(host.findings[0].what.find("a bad block"), std::string::npos);
}

TEST_F(Scrub, GoesOnWhereItWasStopped) {
  complete();
  ASSERT_TRUE(make_bucket("another"));
  ASSERT_TRUE(put("another", "k", std::string(100'000, 'k')));
  rewrite(head("b-blob").segments[0].blob, "short");
  Host host;
  ScrubState state;
  state.begin(clock_.now());
  int stops = 0;
  for (;; ++stops) {
    host.steps = 60;  // more than the largest object takes
    if (scrub(rows_, blobs_, state, host)) break;
    ASSERT_LT(stops, 100);
    // As a restart has it: what was kept last.
    ASSERT_TRUE(run_sync(save_scrub(rows_, host.kept)));
    state = run_sync(load_scrub(rows_)).value();
    ASSERT_EQ(state, host.kept);
  }
  EXPECT_GT(stops, 0);
  EXPECT_EQ(host.findings.size(), 1U) << host.text();
  state.end(clock_.now());
  EXPECT_EQ(state.passes, 1U);
  EXPECT_EQ(state.last.errors, 1U);
  EXPECT_EQ(state.last.objects, 4U);
  EXPECT_EQ(state.bucket, "");
}

TEST_F(Scrub, AStopComesInTheMiddleOfABlob) {
  complete();
  Host host;
  host.steps = 20;
  ScrubState state;
  state.begin(clock_.now());
  EXPECT_FALSE(scrub(rows_, blobs_, state, host));
  EXPECT_LT(host.spent, 12U << 20U);
  EXPECT_TRUE(host.findings.empty()) << host.text();
}

TEST_F(Scrub, AFreshStoreHasAFreshState) {
  EXPECT_EQ(run_sync(load_scrub(rows_)).value(), ScrubState{});
  meta::Commit commit;
  commit.shard = meta::kNodeShard;
  commit.put(row::node_scrub(), "\x7f");
  ASSERT_TRUE(run_sync(rows_.commit(std::move(commit))));
  EXPECT_FALSE(run_sync(load_scrub(rows_)));
}

TEST_F(Scrub, DeletesAndOverwritesMeanwhileAreNoFaults) {
  ASSERT_TRUE(run_sync(store_->abort_upload(upload_)));
  expect_no_false_alarm([&] {
    ASSERT_TRUE(put(kBucket, "b-blob", std::string(100'000, 'B')));
    sweep();
  });
  expect_no_false_alarm([&] {
    ASSERT_TRUE(put(kBucket, "b-blob", "inline by now"));
    sweep();
  });
  ASSERT_TRUE(put(kBucket, "b-blob", std::string(100'000, 'b')));
  expect_no_false_alarm([&] {
    ASSERT_TRUE(remove(kBucket, "b-blob"));
    sweep();
  });
}

TEST_F(Scrub, StepsOfUploadsMeanwhileAreNoFaults) {
  ASSERT_TRUE(remove(kBucket, "b-blob"));
  expect_no_false_alarm([&] {
    ASSERT_TRUE(put_part(upload_, 1, std::string(6U << 20U, 'c')));
    sweep();
  });
  complete_.parts.pop_back();  // part 2 is not used
  expect_no_false_alarm([&] {
    complete();
    sweep();
  });
  upload_ = begin_upload(kBucket, "e-parts");
  ASSERT_TRUE(put_part(upload_, 1, std::string(100'000, 'e')));
  ASSERT_TRUE(remove(kBucket, "c-parts"));
  expect_no_false_alarm([&] {
    ASSERT_TRUE(run_sync(store_->abort_upload(upload_)));
    sweep();
  });
}

// The sweeper discards the blobs of a dead shard before its rows.
TEST_F(Scrub, ABucketDeletedMeanwhileIsNoFault) {
  ASSERT_TRUE(remove(kBucket, "a-inline"));
  ASSERT_TRUE(remove(kBucket, "b-blob"));
  expect_no_false_alarm([&] {
    ASSERT_TRUE(run_sync(store_->delete_bucket(kBucket)));
    const auto parts = rows_of(bucket_.shard, 'P');
    ASSERT_EQ(parts.size(), 2U);
    for (const auto& one : parts) {
      const auto part = row::decode_part(one.value).value();
      ASSERT_TRUE(run_sync(blobs_.discard(part.segment.blob)));
    }
  });
  sweep();
  EXPECT_TRUE(pass().findings.empty());
}

TEST_F(Scrub, AFaultThatStaysIsFoundAlthoughTheRowChanges) {
  LateBlobs late(blobs_);
  rewrite(head("b-blob").segments[0].blob, "short");
  late.before_open = [&] {
    AmendArgs args;
    args.bucket = kBucket;
    args.key = "b-blob";
    args.tags = Pairs{{"a", "b"}};
    ASSERT_TRUE(run_sync(store_->amend(std::move(args))));
  };
  const Host host = pass_on(rows_, late);
  ASSERT_EQ(host.findings.size(), 1U) << host.text();
  EXPECT_TRUE(host.has("b-blob", "has 5 bytes"));
}

// Writers, deletes, uploads and the sweeper against passes on a thread of their own.
TEST_F(Scrub, NeverACryOfWolfUnderLoad) {
  std::atomic<bool> over = false;
  Host host;
  std::uint64_t passes = 0;
  std::thread scrubber([&] {
    while (!over) {
      ScrubState state;
      state.begin(clock_.now());
      EXPECT_TRUE(scrub(rows_, blobs_, state, host));
      ++passes;
    }
  });
  std::vector<std::thread> writers;
  for (int thread = 0; thread < 3; ++thread) {
    writers.emplace_back([this, thread] {
      for (int i = 0; i < 150; ++i) {
        clock_.advance(1);  // no two versions of a key are of one instant
        const std::string key = "k" + std::to_string(i % 3);
        const std::size_t size = i % 2 == 0 ? 10 : 70'000;
        EXPECT_TRUE(put(kBucket, key, std::string(size, static_cast<char>('a' + thread))));
        const auto upload = begin_upload(kBucket, key);
        const auto part = put_part(upload, 1, std::string(size, 'p')).value();
        if (i % 5 == 0) EXPECT_TRUE(put_part(upload, 2, std::string(size, 'q')));
        CompleteArgs args;
        args.upload = upload;
        args.parts = {{1, codec::hex_encode(part.md5), std::nullopt}};
        if (i % 3 == 0) EXPECT_TRUE(run_sync(store_->complete_upload(std::move(args))));
        if (i % 3 == 1) EXPECT_TRUE(run_sync(store_->abort_upload(upload)));
        if (i % 4 == 0) EXPECT_TRUE(remove(kBucket, key));
        if (i % 2 == 0) EXPECT_TRUE(run_sync(store_->sweep()));
      }
    });
  }
  for (auto& writer : writers) writer.join();
  over = true;
  scrubber.join();
  EXPECT_TRUE(host.findings.empty()) << host.text();
  EXPECT_GT(passes, 0U);
}

}  // namespace
}  // namespace muzn::object::test
