#include "audit/outbox.h"

#include <gtest/gtest.h>

#include "audit/outbox_row.h"
#include "audit/turn_promises.h"
#include "crypto/digest.h"
#include "meta/mem_store.h"
#include "unit/meta/forwarding_store.h"

namespace muzn::audit {
namespace {

constexpr meta::ShardId kBucket = meta::kFirstBucketShard;
constexpr std::int64_t kSecond = 1'000'000;

class StepClock final : public Clock {
 public:
  Time now() const override { return from_micros(1'763'800'000'000'000 + micros); }
  std::int64_t monotonic_micros() const override { return micros; }
  std::int64_t micros = 1;
};

// Refuses commits of the shards that are named.
class BrittleStore final : public meta::ForwardingStore {
 public:
  BrittleStore() : ForwardingStore(inner) {}
  Task<Result<void>> commit(meta::Commit commit) override {
    if (!broken.contains(commit.shard)) co_return co_await inner.commit(std::move(commit));
    co_return fail(Code::kUnavailable, "the disk");
  }
  meta::MemStore inner;
  std::set<meta::ShardId> broken;
};

class OutboxTest : public testing::Test {
 protected:
  OutboxTest()
      : signer_(
            merkle::Signer::make("log.example.org", merkle::KeyType::kEd25519, std::string(32, 's'))
                .value()),
        logs_(rows_, signer_, clock_,
              {.origin = "log.example.org",
               .signer_of =
                   [](const std::string& name) {
                     return merkle::Signer::make(name, merkle::KeyType::kEd25519,
                                                 crypto::hmac_sha256("secret", name));
                   }}),
        outbox_(rows_, logs_, clock_, {.bytes_max = 100}) {}

  // As the commit of a change makes it durable, and then tells of it.
  void keep(const std::string& handle, const std::string& line, meta::ShardId shard = kBucket) {
    const std::string key = "e" + std::to_string(++rows_made_);
    meta::Commit commit{.shard = shard, .preconditions = {}, .mutations = {}};
    commit.put(key, encode_outbox(handle, line));
    ASSERT_TRUE(run_sync(rows_.inner.commit(std::move(commit))));
    outbox_.add({.shard = shard,
                 .row_key = key,
                 .handle = handle,
                 .entry = {.line = line, .hash = merkle::leaf_hash(line)}});
  }
  bool move() { return run_sync(outbox_.move(grown_)).has_value(); }
  std::size_t rows_left(meta::ShardId shard = kBucket) {
    return run_sync(rows_.scan(shard, "", "", 100))->size();
  }
  std::vector<std::string> log_of(const std::string& handle) {
    const auto log = run_sync(logs_.find_log(handle));
    if (!log) return {};
    return run_sync((*log)->entries(0, (*log)->figures().size)).value();
  }
  using Lines = std::vector<std::string>;

  StepClock clock_;
  BrittleStore rows_;
  const merkle::Signer signer_;
  PrivateLogs logs_;
  Outbox outbox_;
  std::set<std::string, std::less<>> grown_;
  int rows_made_ = 0;
};

TEST_F(OutboxTest, MovesLinesToTheLogsOfTheirAccounts) {
  keep("aa", "one");
  keep("bb", "two");
  keep("aa", "three", kBucket + 1);
  EXPECT_EQ(log_of("aa"), Lines());
  ASSERT_TRUE(move());
  EXPECT_EQ(log_of("aa"), (Lines{"one", "three"}));
  EXPECT_EQ(log_of("bb"), Lines{"two"});
  EXPECT_EQ(grown_.size(), 2U);
  EXPECT_EQ(rows_left() + rows_left(kBucket + 1), 0U);
  EXPECT_EQ(outbox_.bytes(), 0U);
  ASSERT_TRUE(move());
  EXPECT_EQ(log_of("aa").size(), 2U);
}

// A row goes only after its line is durable in the log.
TEST_F(OutboxTest, ARowStaysWhileTheLogDoesNotTakeIt) {
  keep("aa", "one");
  ASSERT_TRUE(move());
  rows_.broken.insert(tlog::kFirstPrivateLogShard);
  keep("aa", "two");
  keep("bb", "other");
  EXPECT_FALSE(move());
  EXPECT_EQ(rows_left(), 1U);
  // That of another account is not held up.
  EXPECT_EQ(log_of("bb"), Lines{"other"});
  keep("aa", "three");
  EXPECT_FALSE(move());
  EXPECT_EQ(rows_left(), 2U);
  rows_.broken.clear();
  ASSERT_TRUE(move());
  EXPECT_EQ(log_of("aa"), (Lines{"one", "two", "three"}));
  EXPECT_EQ(rows_left(), 0U);
}

// What is in the log is not put there again, though its row could not be erased.
TEST_F(OutboxTest, ErasesLaterWhatItCouldNot) {
  keep("aa", "one");
  rows_.broken.insert(kBucket);
  EXPECT_FALSE(move());
  EXPECT_EQ(rows_left(), 1U);
  EXPECT_EQ(log_of("aa"), Lines{"one"});
  rows_.broken.clear();
  ASSERT_TRUE(move());
  EXPECT_EQ(rows_left(), 0U);
  EXPECT_EQ(log_of("aa"), Lines{"one"});
}

TEST_F(OutboxTest, HasNoRoomWhenItIsFull) {
  rows_.broken.insert(kBucket);  // rows stay, lines go
  keep("aa", std::string(100, 'x'));
  EXPECT_TRUE(outbox_.has_room());
  keep("aa", "y");
  EXPECT_FALSE(outbox_.has_room());
  EXPECT_FALSE(move());
  EXPECT_TRUE(outbox_.has_room());
}

// Well before the deadline of what waits.
TEST_F(OutboxTest, HasNoRoomWhenTheLogDoesNotGrow) {
  keep("aa", "one");
  ASSERT_TRUE(move());
  clock_.micros += 100 * kSecond;
  EXPECT_TRUE(outbox_.has_room());
  rows_.broken.insert(tlog::kFirstPrivateLogShard);
  keep("aa", "two");
  clock_.micros += 20 * kSecond;
  EXPECT_FALSE(move());
  keep("aa", "three");
  EXPECT_TRUE(outbox_.has_room());
  clock_.micros += 11 * kSecond;
  EXPECT_EQ(outbox_.has_room().error().code, Code::kUnavailable);
  EXPECT_FALSE(move());
  EXPECT_FALSE(outbox_.has_room());
  rows_.broken.clear();
  ASSERT_TRUE(move());
  EXPECT_TRUE(outbox_.has_room());
}

Task<void> take_receipt(TurnPromises& promises, std::string log, std::string line, Receipt* out) {
  *out = co_await promises.give(std::move(log), merkle::leaf_hash(line));
}

Task<void> three_at_once(TurnPromises& promises, std::vector<Receipt>& out) {
  Executor& executor = co_await current_executor{};
  spawn(executor, take_receipt(promises, "a", "one", &out[0]));
  spawn(executor, take_receipt(promises, "b", "two", &out[1]));
  co_await take_receipt(promises, "a", "three", &out[2]);
  // The others of the turn are answered by now, or in the next one.
  co_await take_receipt(promises, "c", "four", &out[3]);
}

// One signature for all of one turn and log.
TEST_F(OutboxTest, ThoseOfATurnShareASignature) {
  TurnPromises promises(signer_, clock_);
  std::vector<Receipt> got(4);
  run_sync(three_at_once(promises, got));
  for (const Receipt& receipt : got) {
    EXPECT_TRUE(verify_receipt(receipt, signer_.verifier()));
    EXPECT_EQ(receipt.deadline, 1'763'800'000U + kReceiptSeconds);
    EXPECT_FALSE(receipt.entry());
  }
  EXPECT_EQ(got[0].signature, got[2].signature);
  EXPECT_EQ(got[0].size, 2U);
  EXPECT_EQ(got[0].leaf, merkle::leaf_hash("one"));
  EXPECT_EQ(got[2].leaf, merkle::leaf_hash("three"));
  EXPECT_EQ(got[1].size, 1U);
  EXPECT_EQ(got[1].log, "b");
}

TEST(OutboxRow, OneEncoding) {
  const std::string row = encode_outbox("5f0c", R"({"a":1})");
  EXPECT_EQ(row, std::string("\x01\x04", 2) + R"(5f0c{"a":1})");
  EXPECT_EQ(decode_outbox(row).value(), (OutboxRow{"5f0c", R"({"a":1})"}));
  EXPECT_EQ(decode_outbox("").error().code, Code::kCorrupt);
  EXPECT_EQ(decode_outbox("\x02" + row.substr(1)).error().code, Code::kUnsupported);
  for (const std::string& bad :
       {row.substr(0, 3), row.substr(0, 6), encode_outbox("", "x"), encode_outbox("x", ""),
        encode_outbox("x", std::string(70'000, 'x'))}) {
    EXPECT_EQ(decode_outbox(bad).error().code, Code::kCorrupt) << bad.size();
  }
}

}  // namespace
}  // namespace muzn::audit
