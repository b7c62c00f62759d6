#include "audit/recorder.h"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <thread>

#include "audit/exclusions.h"
#include "codec/base64.h"
#include "merkle/bundle.h"
#include "meta/mem_store.h"
#include "unit/meta/forwarding_store.h"

namespace muzn::audit {
namespace {

const std::string kAlice = "111111111111";
const std::string kBob = "222222222222";

class StepClock final : public Clock {
 public:
  Time now() const override { return from_micros(micros); }
  std::int64_t monotonic_micros() const override { return micros; }
  std::atomic<std::int64_t> micros{1'763'800'000'000'000};
};

// The log: refuses when told to, after it took some.
class FakeLog final : public LeafSink {
 public:
  Task<Result<std::uint64_t>> append(std::string leaf) override {
    if (room == 0) co_return fail(Code::kUnavailable, "the log takes nothing now");
    --room;
    leaves.push_back(std::move(leaf));
    co_return leaves.size() - 1;
  }
  std::size_t room = SIZE_MAX;
  std::vector<std::string> leaves;
};

class FakeBook final : public AccountBook {
 public:
  Place place(const Record& record) const override {
    if (record.bucket == "off") return {record.account, Granularity::kOff};
    if (record.bucket == "full") return {record.account, Granularity::kFull};
    return {record.account, Granularity::kSummary};
  }
  std::string handle(const std::string& account) const override {
    return gone.contains(account) ? "" : account + std::string(64 - account.size(), 'f');
  }
  std::set<std::string> gone;
};

// Refuses commits of rows on demand; what it says of a refused one is true or not.
class BrittleStore final : public meta::ForwardingStore {
 public:
  BrittleStore() : ForwardingStore(inner) {}

  Task<Result<void>> commit(meta::Commit commit) override {
    const bool is_of_log = commit.shard >= tlog::kFirstPrivateLogShard;
    if (is_of_log && fails_log_at > 0 && --fails_log_at == 0) {
      co_return fail(Code::kUnavailable, "the disk");
    }
    if (!fails) co_return co_await inner.commit(std::move(commit));
    if (yet_done) static_cast<void>(co_await inner.commit(std::move(commit)));
    co_return fail(Code::kUnavailable, "the disk");
  }

  meta::MemStore inner;
  bool fails = false;
  int fails_log_at = 0;  // so many commits of private logs from now; 0 = none
  bool yet_done = false;
};

class RecorderTest : public testing::Test {
 protected:
  RecorderTest() { reopen(); }

  // As a process that ends like this and another that begins.
  void reopen() {
    recorder.reset();
    auto opened = run_sync(Recorder::open(rows, log, book, clock, logs.get(), options));
    ASSERT_TRUE(opened) << opened.error().what;
    recorder = *std::move(opened);
  }
  void take(const std::string& account, int count = 1) {
    for (int i = 0; i < count; ++i) {
      Record record;
      record.service = "s3";
      record.operation = "PutObject";
      record.account = account;
      record.principal_type = "user";
      record.status = 200;
      record.request_id = std::to_string(++requests);
      record.bytes_in = 10;
      const std::string line = to_json(record);
      recorder->take(record, line);
      lines[account].push_back(merkle::leaf_hash(line));
    }
  }
  bool flush() { return run_sync(recorder->flush()).has_value(); }
  bool close() { return run_sync(recorder->close()).has_value(); }
  void pass(std::int64_t seconds) { clock.micros += seconds * 1'000'000; }

  // Leaves of an account, each once; checks that sequences have no gap and name one leaf each.
  std::vector<Leaf> leaves_of(const std::string& account) {
    std::map<std::uint64_t, std::string> found;
    const std::string handle = account.empty() ? "" : book.handle(account);
    for (const std::string& entry : log.leaves) {
      const Leaf leaf = decode_leaf(entry).value();
      if (leaf.account != handle || leaf.leaf_class != kDataClass) continue;
      EXPECT_LE(leaf.sequence, found.size()) << entry;
      const auto [at, is_new] = found.try_emplace(leaf.sequence, entry);
      EXPECT_EQ(at->second, entry);
    }
    std::vector<Leaf> out;
    for (const auto& [sequence, entry] : found) {
      EXPECT_EQ(sequence, out.size());
      out.push_back(decode_leaf(entry).value());
    }
    return out;
  }
  static std::string kinds(const std::vector<Leaf>& leaves) {
    std::string out;
    for (const Leaf& leaf : leaves) {
      out += (out.empty() ? "" : " ") + leaf.kind;
      if (leaf.kind == "gap") out += ":" + leaf.facts["reason"].get<std::string>();
    }
    return out;
  }
  std::string kinds_of(const std::string& account) { return kinds(leaves_of(account)); }
  static std::uint64_t records(const std::vector<Leaf>& leaves) {
    std::uint64_t sum = 0;
    for (const Leaf& leaf : leaves) {
      if (leaf.kind == "summary") sum += leaf.facts["records"].get<std::uint64_t>();
    }
    return sum;
  }

  StepClock clock;
  BrittleStore rows;
  FakeLog log;
  FakeBook book;
  RecorderOptions options;
  std::unique_ptr<PrivateLogs> logs;
  std::unique_ptr<Recorder> recorder;
  int requests = 0;
  std::map<std::string, std::vector<merkle::Hash>> lines;
};

TEST_F(RecorderTest, OneSummaryAnIntervalAndAccount) {
  const Time began = clock.now();
  pass(1);
  take(kAlice, 3);
  take(kBob);
  take("");
  pass(59);
  ASSERT_TRUE(flush());
  const auto alice = leaves_of(kAlice);
  ASSERT_EQ(kinds(alice), "summary");
  EXPECT_EQ(alice[0].facts["records"], 3);
  EXPECT_EQ(alice[0].facts["from_micros"], to_micros(began));
  EXPECT_EQ(alice[0].facts["to_micros"], to_micros(clock.now()));
  EXPECT_EQ(alice[0].facts["services"]["s3"]["bytes_in"], 30);
  EXPECT_EQ(alice[0].facts["root"], codec::hex_encode(merkle::root_of(lines[kAlice]).view()));
  EXPECT_EQ(kinds_of(kBob), "summary");
  EXPECT_EQ(kinds_of(""), "summary");

  // Nothing done, nothing said.
  pass(60);
  ASSERT_TRUE(flush());
  EXPECT_EQ(log.leaves.size(), 3U);
  take(kBob, 2);
  pass(60);
  ASSERT_TRUE(flush());
  const auto bob = leaves_of(kBob);
  ASSERT_EQ(kinds(bob), "summary summary");
  EXPECT_EQ(bob[1].facts["records"], 2);
  EXPECT_EQ(log.leaves.size(), 4U);
  EXPECT_EQ(recorder->figures().taken, 7U);
  EXPECT_EQ(recorder->figures().leaves, 4U);
  EXPECT_EQ(recorder->figures().waiting, 0U);
}

TEST_F(RecorderTest, SequencesGoOnAfterACleanEnd) {
  take(kAlice);
  ASSERT_TRUE(flush());
  take(kAlice, 2);
  ASSERT_TRUE(close());
  reopen();
  ASSERT_TRUE(flush());
  take(kAlice);
  ASSERT_TRUE(flush());
  const auto leaves = leaves_of(kAlice);
  EXPECT_EQ(kinds(leaves), "summary summary summary");
  EXPECT_EQ(records(leaves), 4U);
  EXPECT_EQ(kinds_of(""), "");
}

TEST_F(RecorderTest, ACrashIsTold) {
  take(kAlice);
  take(kBob);
  pass(60);
  ASSERT_TRUE(flush());
  const Time flushed = clock.now();
  pass(5);
  take(kAlice, 2);
  ASSERT_TRUE(run_sync(recorder->gather()));
  pass(5);
  reopen();
  ASSERT_TRUE(flush());
  const auto alice = leaves_of(kAlice);
  ASSERT_EQ(kinds(alice), "summary gap:crash");
  EXPECT_EQ(alice[1].facts["from_micros"], to_micros(flushed));
  EXPECT_EQ(alice[1].facts["to_micros"], to_micros(clock.now()));
  EXPECT_EQ(kinds_of(kBob), "summary");  // was not at work
  // Whoever came too late for a word of his own.
  const auto all = leaves_of("");
  ASSERT_EQ(kinds(all), "gap:crash");
  EXPECT_EQ(all[0].facts["from_micros"], to_micros(flushed));

  // Told once.
  ASSERT_TRUE(close());
  reopen();
  ASSERT_TRUE(flush());
  EXPECT_EQ(kinds_of(kAlice), "summary gap:crash");
  EXPECT_EQ(kinds_of(""), "gap:crash");
}

// The first start follows nothing.
TEST_F(RecorderTest, AFirstStartIsNoCrash) {
  ASSERT_TRUE(flush());
  EXPECT_TRUE(log.leaves.empty());
  reopen();  // but this one follows a life without an end
  ASSERT_TRUE(flush());
  EXPECT_EQ(kinds_of(""), "gap:crash");
}

TEST_F(RecorderTest, LeavesThatWereMadeOutliveACrash) {
  take(kAlice, 2);
  log.room = 0;
  EXPECT_FALSE(flush());
  EXPECT_EQ(recorder->figures().waiting, 1U);
  reopen();
  log.room = SIZE_MAX;
  ASSERT_TRUE(flush());
  const auto leaves = leaves_of(kAlice);
  EXPECT_EQ(kinds(leaves), "summary");  // it was not at work after that
  EXPECT_EQ(records(leaves), 2U);
}

TEST_F(RecorderTest, ACleanEndWithoutTheLogLosesNothing) {
  take(kAlice, 2);
  log.room = 0;
  EXPECT_TRUE(close());
  reopen();
  log.room = SIZE_MAX;
  ASSERT_TRUE(flush());
  EXPECT_EQ(records(leaves_of(kAlice)), 2U);
  EXPECT_EQ(kinds_of(""), "");
}

// For a while it makes leaves that wait; then the batch grows, so that memory does not.
TEST_F(RecorderTest, ALogThatTakesNothing) {
  log.room = 0;
  for (int i = 0; i < 30; ++i) {
    take(kAlice);
    pass(60);
    EXPECT_FALSE(flush());
    EXPECT_LE(recorder->figures().waiting, 10U);
  }
  log.room = 3;  // and then not again
  EXPECT_FALSE(flush());
  log.room = SIZE_MAX;
  ASSERT_TRUE(flush());
  ASSERT_TRUE(flush());
  EXPECT_EQ(records(leaves_of(kAlice)), 30U);
  EXPECT_EQ(recorder->figures().waiting, 0U);
}

TEST_F(RecorderTest, RowsThatCanNotBeWritten) {
  for (const bool yet_done : {false, true}) {
    rows.yet_done = yet_done;
    rows.fails = true;
    take(kAlice, 2);
    EXPECT_FALSE(flush());
    take(kAlice);
    EXPECT_FALSE(flush());
    rows.fails = false;
    ASSERT_TRUE(flush());
  }
  EXPECT_EQ(records(leaves_of(kAlice)), 6U);
  // And with an end in between: of what could not be written there is a gap, if not the leaf.
  rows.fails = true;
  take(kAlice);
  EXPECT_FALSE(close());
  rows.fails = false;
  reopen();
  ASSERT_TRUE(flush());
  EXPECT_EQ(kinds_of(""), "gap:crash");
}

TEST_F(RecorderTest, WhatHasNoRoomIsTold) {
  options.shard_records_max = 5;
  ASSERT_TRUE(close());
  reopen();
  take(kAlice, 7);
  take(kBob);
  pass(60);
  ASSERT_TRUE(flush());
  const auto alice = leaves_of(kAlice);
  ASSERT_EQ(kinds(alice), "summary gap:overflow");
  EXPECT_EQ(records(alice), 5U);
  EXPECT_EQ(alice[1].facts["from_micros"], alice[0].facts["from_micros"]);
  EXPECT_EQ(alice[1].facts["to_micros"], alice[0].facts["to_micros"]);
  EXPECT_EQ(kinds_of(kBob), "gap:overflow");
  EXPECT_EQ(recorder->figures().lost, 3U);
  // Gathered, there is room again.
  take(kAlice, 4);
  ASSERT_TRUE(run_sync(recorder->gather()));
  take(kAlice, 4);
  ASSERT_TRUE(flush());
  EXPECT_EQ(kinds_of(kAlice), "summary gap:overflow summary");
}

TEST_F(RecorderTest, OffAndExcludedAreNotTaken) {
  Record record;
  record.account = kAlice;
  record.service = "s3";
  record.bucket = "off";
  recorder->take(record, "line");
  record.bucket = "on";
  for (const Exclusion& one : exclusions()) {
    if (one.operation.empty()) continue;
    record.service = one.service;
    record.operation = one.operation;
    recorder->take(record, "line");
  }
  ASSERT_TRUE(flush());
  EXPECT_TRUE(log.leaves.empty());
}

// Without a record of its account; and again where the store, or the log, would not have it.
TEST_F(RecorderTest, DigestsOfTrails) {
  const auto digests = [this] {
    std::vector<std::string> out;
    for (const std::string& entry : log.leaves) {
      const Leaf leaf = decode_leaf(entry).value();
      if (leaf.leaf_class != kLogClass) continue;
      EXPECT_EQ(leaf.kind, kTrailDigestKind);
      EXPECT_EQ(leaf.account, book.handle("a"));
      EXPECT_EQ(leaf.sequence, out.size());
      out.push_back(leaf.facts["sha256"].get<std::string>());
    }
    return out;
  };
  recorder->take_digest("a", std::string(32, '\x11'), clock.now());
  recorder->take_digest("a", std::string(32, '\x22'), clock.now());
  EXPECT_TRUE(flush());
  std::vector<std::string> wanted = {std::string(64, '1'), std::string(64, '2')};
  EXPECT_EQ(digests(), wanted);
  EXPECT_TRUE(flush());
  EXPECT_EQ(digests(), wanted) << "once";

  recorder->take_digest("a", std::string(32, '\x33'), clock.now());
  rows.fails = true;
  EXPECT_FALSE(flush());
  rows.fails = false;
  EXPECT_TRUE(flush());
  wanted.push_back(std::string(64, '3'));
  EXPECT_EQ(digests(), wanted);

  recorder->take_digest("a", std::string(32, '\x44'), clock.now());
  EXPECT_TRUE(close());
  reopen();
  EXPECT_TRUE(flush());
  wanted.push_back(std::string(64, '4'));
  EXPECT_EQ(digests(), wanted);
}

TEST_F(RecorderTest, OfAnAccountThatIsGone) {
  take(kAlice);
  book.gone.insert(kAlice);
  ASSERT_TRUE(flush());
  EXPECT_EQ(records(leaves_of("")), 1U);
}

// Any steps in any order with crashes and refusals between them: each record is in a summary once,
// or its account (or, of the last moments, the installation) has a gap over its time.
TEST_F(RecorderTest, RandomRuns) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    std::mt19937_64 random(seed);
    SCOPED_TRACE(seed);
    recorder.reset();
    run_sync(rows.destroy(kRecorderShard)).value();
    log.leaves.clear();
    reopen();
    std::uint64_t taken = 0;
    std::uint64_t at_risk = 0;  // taken since the last step that may have sealed them
    std::uint64_t lost_at_most = 0;
    for (int step = 0; step < 40; ++step) {
      rows.fails = random() % 8 == 0;
      rows.yet_done = random() % 2 == 0;
      log.room = random() % 4 == 0 ? random() % 3 : SIZE_MAX;
      pass(1);
      switch (random() % 8) {
        case 0:
          if (rows.fails) break;  // a start that fails is no start
          lost_at_most += at_risk;
          at_risk = 0;
          reopen();
          break;
        case 1:
          if (run_sync(recorder->close())) at_risk = 0;
          lost_at_most += std::exchange(at_risk, 0);
          rows.fails = false;
          reopen();
          break;
        case 2:
        case 3:
          static_cast<void>(flush());
          if (!rows.fails && recorder->figures().waiting == 0) at_risk = 0;
          break;
        case 4:
          static_cast<void>(run_sync(recorder->gather()));
          break;
        default: {
          const int count = 1 + static_cast<int>(random() % 5);
          take(random() % 2 == 0 ? kAlice : kBob, count);
          taken += static_cast<std::uint64_t>(count);
          at_risk += static_cast<std::uint64_t>(count);
        }
      }
    }
    rows.fails = false;
    log.room = SIZE_MAX;
    ASSERT_TRUE(flush());
    ASSERT_TRUE(close());
    const auto alice = leaves_of(kAlice);
    const auto bob = leaves_of(kBob);
    const std::uint64_t told = records(alice) + records(bob);
    EXPECT_LE(told, taken);
    EXPECT_GE(told + lost_at_most, taken);
    if (told < taken) {
      EXPECT_TRUE(kinds_of("").contains("gap:crash"));
    }
  }
}

class FullRecorderTest : public RecorderTest {
 protected:
  FullRecorderTest()
      : signer_(
            merkle::Signer::make("log.example.org", merkle::KeyType::kEd25519, std::string(32, 's'))
                .value()) {
    EXPECT_TRUE(close());
    begin();
  }
  void begin() {
    recorder.reset();
    logs = std::make_unique<PrivateLogs>(
        rows, signer_, clock,
        PrivateLogOptions{.origin = "log.example.org", .signer_of = [](const std::string& name) {
                            return merkle::Signer::make(name, merkle::KeyType::kEd25519,
                                                        std::string(32, 'p'));
                          }});
    reopen();
  }
  std::string take_full(bool is_promised = false) {
    Record record;
    record.service = "s3";
    record.account = kAlice;
    record.bucket = "full";
    record.request_id = std::to_string(++requests);
    const std::string line = to_json(record);
    if (is_promised) {
      EXPECT_TRUE(run_sync(logs->append_promised(book.handle(kAlice), line)));
      record.promised = true;
    }
    recorder->take(record, line);
    return line;
  }
  std::vector<std::string> entries() {
    tlog::Log* const of = run_sync(logs->log_of(book.handle(kAlice))).value();
    const std::uint64_t size = run_sync(logs->publish(book.handle(kAlice)))->size;
    if (size == 0) return {};
    const std::string bundle =
        run_sync(of->read("tile/entries/000.p/" + std::to_string(size))).value();
    std::vector<std::string> out;
    for (const auto entry : merkle::parse_bundle(bundle, static_cast<unsigned>(size)).value()) {
      out.emplace_back(entry);
    }
    return out;
  }
  std::vector<Leaf> log_leaves() const {
    std::vector<Leaf> out;
    for (const std::string& entry : log.leaves) {
      Leaf leaf = decode_leaf(entry).value();
      if (leaf.leaf_class == kLogClass) out.push_back(std::move(leaf));
    }
    return out;
  }

  const merkle::Signer signer_;
};

TEST_F(FullRecorderTest, EachRecordIsAnEntryOnce) {
  std::vector<std::string> wanted = {take_full(), take_full()};
  ASSERT_TRUE(run_sync(recorder->gather()));
  EXPECT_EQ(entries(), wanted);
  wanted.push_back(take_full(true));
  EXPECT_EQ(entries(), wanted);
  wanted.push_back(take_full());
  pass(60);
  ASSERT_TRUE(flush());
  EXPECT_EQ(entries(), wanted);
  EXPECT_EQ(records(leaves_of(kAlice)), 4U);
  const auto said = log_leaves();
  ASSERT_EQ(said.size(), 1U);
  EXPECT_EQ(said[0].kind, "checkpoint");
  EXPECT_EQ(said[0].account, book.handle(kAlice));
  EXPECT_EQ(said[0].sequence, 0U);
  EXPECT_EQ(said[0].facts["size"], 4);
  EXPECT_EQ(said[0].facts["origin"], logs->origin_of(book.handle(kAlice)));
  std::vector<merkle::Hash> hashes;
  for (const std::string& entry : wanted) hashes.push_back(merkle::leaf_hash(entry));
  EXPECT_EQ(said[0].facts["root"], codec::hex_encode(merkle::root_of(hashes).view()));

  // Where it did not grow there is nothing to say; others' requests are none of its entries.
  take(kAlice);
  take(kBob);
  ASSERT_TRUE(flush());
  EXPECT_EQ(entries(), wanted);
  EXPECT_EQ(log_leaves().size(), 1U);
  take_full();
  ASSERT_TRUE(flush());
  ASSERT_EQ(log_leaves().size(), 2U);
  EXPECT_EQ(log_leaves()[1].sequence, 1U);
}

TEST_F(FullRecorderTest, ACrashForgetsNoEntryThatWasAnswered) {
  const std::string gathered = take_full();
  ASSERT_TRUE(run_sync(recorder->gather()));
  const std::string promised = take_full(true);
  take_full();  // lost, and told
  begin();
  ASSERT_TRUE(flush());
  EXPECT_EQ(entries(), (std::vector<std::string>{gathered, promised}));
  EXPECT_EQ(kinds_of(kAlice), "gap:crash");
  ASSERT_EQ(log_leaves().size(), 1U);
  EXPECT_EQ(log_leaves()[0].facts["size"], 2);
}

TEST_F(FullRecorderTest, RowsThatCanNotBeWrittenLoseNoEntry) {
  rows.fails = true;
  const std::string one = take_full();
  EXPECT_FALSE(flush());
  const std::string two = take_full();
  EXPECT_FALSE(flush());
  rows.fails = false;
  ASSERT_TRUE(flush());
  EXPECT_EQ(entries(), (std::vector<std::string>{one, two}));
  EXPECT_EQ(log_leaves().back().facts["size"], 2);
}

// A record that is durable beside what it tells of: it is in its log before a leaf says how that
// is.
TEST_F(FullRecorderTest, ALeafCoversWhatWasPromisedBeforeIt) {
  const auto keep = [this](const std::string& line) {
    recorder->outbox()->add({.shard = meta::kFirstBucketShard,
                             .row_key = line,
                             .handle = book.handle(kAlice),
                             .entry = {.line = line, .hash = merkle::leaf_hash(line)}});
  };
  keep("one");
  take_full();
  rows.fails = true;
  EXPECT_FALSE(flush());
  EXPECT_TRUE(log_leaves().empty());
  rows.fails = false;
  keep("two");
  ASSERT_TRUE(flush());
  EXPECT_EQ(entries().size(), 3U);
  ASSERT_EQ(log_leaves().size(), 1U);
  EXPECT_EQ(log_leaves()[0].facts["size"], 3);
  // The log takes the reads' records, but not the promised one.
  keep("between");
  take_full();
  rows.fails_log_at = 2;
  EXPECT_FALSE(flush());
  EXPECT_EQ(log_leaves().size(), 1U);
  ASSERT_TRUE(flush());
  EXPECT_EQ(log_leaves().back().facts["size"], 5);
  // Also of an account of which there is nothing else to tell.
  keep("three");
  ASSERT_TRUE(flush());
  EXPECT_EQ(log_leaves().back().facts["size"], 6);
  // What a crash left is moved before the first leaf of the next life.
  EXPECT_FALSE(recorder->follows_crash());
  keep("four");
  begin();
  ASSERT_TRUE(recorder->follows_crash());
  keep("four");
  ASSERT_TRUE(flush());
  EXPECT_EQ(log_leaves().back().facts["size"], 7);
  EXPECT_EQ(entries().back(), "four");
}

TEST_F(FullRecorderTest, LinesWithoutRoomAreTold) {
  EXPECT_TRUE(close());
  options.shard_bytes_max = 1000;
  begin();
  for (int i = 0; i < 10; ++i) take_full();
  ASSERT_TRUE(flush());
  EXPECT_EQ(kinds_of(kAlice), "summary gap:overflow");
  EXPECT_EQ(records(leaves_of(kAlice)), entries().size());
  EXPECT_LT(entries().size(), 10U);
  EXPECT_EQ(recorder->figures().lost, 10 - entries().size());
}

// All threads at once, with one that flushes: nothing is lost and nothing counted twice.
TEST_F(RecorderTest, ManyThreads) {
  constexpr int kThreads = 8;
  constexpr int kEach = 2000;
  std::atomic<int> running = kThreads;
  {
    std::vector<std::jthread> threads;
    for (int n = 0; n < kThreads; ++n) {
      threads.emplace_back([this, n, &running] {
        Record record;
        record.service = "s3";
        record.account = n % 2 == 0 ? kAlice : kBob;
        for (int i = 0; i < kEach; ++i) recorder->take(record, "line");
        --running;
      });
    }
    while (running > 0) ASSERT_TRUE(flush());
  }
  ASSERT_TRUE(flush());
  EXPECT_EQ(recorder->figures().lost, 0U);
  EXPECT_EQ(records(leaves_of(kAlice)), kThreads * kEach / 2);
  EXPECT_EQ(records(leaves_of(kBob)), kThreads * kEach / 2);
}

// Whoever checks a store knows all rows that there may be, and no others.
TEST(RecorderRows, AreChecked) {
  const std::string leaf = encode_leaf(gap_leaf("", 0, Time{}, Time{}, GapReason::kCrash));
  const AccountRow account{.leaves = {leaf}};
  for (const meta::Row& good : {meta::Row{std::string(kMarkRow), encode_mark(Time{})},
                                meta::Row{account_row(""), encode_account(account)},
                                meta::Row{account_row("aa"), encode_account({})},
                                meta::Row{private_row("aa"), encode_number(1)},
                                meta::Row{std::string(kNextShardRow), encode_number(2)}}) {
    EXPECT_TRUE(check_recorder_row(good)) << good.key;
    EXPECT_FALSE(check_recorder_row({good.key, good.value + "x"})) << good.key;
    EXPECT_FALSE(check_recorder_row({"z" + good.key, good.value})) << good.key;
  }
  EXPECT_FALSE(check_recorder_row({account_row(""), encode_account({.leaves = {"no leaf"}})}));
}

TEST(RecorderRows, ReadWhatTheyWrite) {
  for (const AccountRow& row : {AccountRow{},
                                AccountRow{.sequence = 7,
                                           .log_sequence = 8,
                                           .log_size = 9,
                                           .at_work = from_micros(-1),
                                           .leaves = {}},
                                AccountRow{.sequence = UINT64_MAX,
                                           .log_sequence = 0,
                                           .log_size = 0,
                                           .at_work = std::nullopt,
                                           .leaves = {"", "leaf"}}}) {
    const std::string bytes = encode_account(row);
    EXPECT_EQ(decode_account(bytes).value(), row);
    EXPECT_EQ(decode_account(bytes + "x").error().code, Code::kCorrupt);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_FALSE(decode_account(bytes.substr(0, size))) << size;
    }
    std::string newer = bytes;
    newer[0] = 2;
    EXPECT_EQ(decode_account(newer).error().code, Code::kUnsupported);
  }
  EXPECT_EQ(decode_mark(encode_mark(from_micros(-5))).value(), from_micros(-5));
  EXPECT_FALSE(decode_mark(encode_mark(Time{}) + "x"));
  EXPECT_FALSE(decode_mark(""));
}

}  // namespace
}  // namespace muzn::audit
