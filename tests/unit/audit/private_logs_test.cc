#include "audit/private_logs.h"

#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "audit/recorder_rows.h"
#include "crypto/digest.h"
#include "merkle/proof.h"
#include "meta/mem_store.h"

namespace muzn::audit {
namespace {

class StillClock final : public Clock {
 public:
  Time now() const override { return from_seconds(1'763'800'000); }
  std::int64_t monotonic_micros() const override { return 0; }
};

class PrivateLogsTest : public testing::Test {
 protected:
  PrivateLogsTest()
      : signer_(
            merkle::Signer::make("log.example.org", merkle::KeyType::kEd25519, std::string(32, 's'))
                .value()) {
    reopen();
  }
  void reopen(const std::string& origin = "log.example.org") {
    logs_ = std::make_unique<PrivateLogs>(
        rows_, signer_, clock_,
        PrivateLogOptions{.origin = origin, .signer_of = [](const std::string& name) {
                            return merkle::Signer::make(name, merkle::KeyType::kEd25519,
                                                        crypto::hmac_sha256("secret", name));
                          }});
  }
  Receipt append(const std::string& handle, const std::string& entry) {
    return run_sync(logs_->append_promised(handle, entry)).value();
  }
  // The receipt is good, and the log keeps what it promises.
  void expect_kept(const std::string& handle, const std::string& entry, const Receipt& receipt) {
    EXPECT_TRUE(verify_receipt(receipt, signer_.verifier()));
    EXPECT_EQ(receipt.log, logs_->origin_of(handle));
    EXPECT_EQ(receipt.deadline, 1'763'800'000U + kReceiptSeconds);
    EXPECT_EQ(receipt.leaf, merkle::leaf_hash(entry));
    const merkle::Checkpoint now = run_sync(logs_->publish(handle)).value();
    const std::uint64_t index = receipt.entry().value();
    ASSERT_LT(index, now.size);
    tlog::Log* const log = run_sync(logs_->log_of(handle)).value();
    const merkle::Proof proof = run_sync(log->prove_inclusion(index, now.size)).value();
    EXPECT_TRUE(merkle::verify_inclusion(index, now.size, receipt.leaf, proof, now.root));
  }

  meta::MemStore rows_;
  const merkle::Signer signer_;
  const StillClock clock_;
  std::unique_ptr<PrivateLogs> logs_;
};

// A restored store: its public log goes on under another name.
TEST_F(PrivateLogsTest, AnotherOriginBeginsAnother) {
  append("aa", "before");
  reopen("log.example.org/1");
  const Receipt after = append("aa", "after");
  EXPECT_EQ(after.log, "log.example.org/1/accounts/aa");
  EXPECT_EQ(after.first, 0U);
  expect_kept("aa", "after", after);
  reopen("log.example.org/1");
  EXPECT_EQ(append("aa", "more").first, 1U);
  // The old one is as it was.
  EXPECT_EQ(*run_sync(tlog::origin_in(rows_, tlog::kFirstPrivateLogShard)),
            "log.example.org/accounts/aa");
}

TEST_F(PrivateLogsTest, FindsWhatThereIs) {
  EXPECT_EQ(run_sync(logs_->find_log("aa")).error().code, Code::kNotFound);
  append("aa", "one");
  reopen();
  EXPECT_EQ(run_sync(logs_->find_log("aa")).value()->figures().size, 1U);
  EXPECT_EQ(run_sync(logs_->find_log("bb")).error().code, Code::kNotFound);
}

TEST_F(PrivateLogsTest, EachAccountHasItsOwn) {
  const Receipt one = append("aa", "first of a");
  const Receipt other = append("bb", "first of b");
  const Receipt two = append("aa", "second of a");
  EXPECT_EQ(one.log, "log.example.org/accounts/aa");
  EXPECT_EQ(two.first, 1U);
  EXPECT_EQ(other.first, 0U);
  expect_kept("aa", "first of a", one);
  expect_kept("bb", "first of b", other);
  expect_kept("aa", "second of a", two);
  // In shards that are nobody else's, which outlive the process.
  EXPECT_EQ(run_sync(rows_.scan(tlog::kFirstPrivateLogShard, "", "", 100))->empty(), false);
  EXPECT_EQ(run_sync(rows_.scan(tlog::kFirstPrivateLogShard + 1, "", "", 100))->empty(), false);
  EXPECT_EQ(run_sync(rows_.scan(tlog::kFirstPrivateLogShard + 2, "", "", 100))->empty(), true);
  reopen();
  const Receipt later = append("aa", "third of a");
  EXPECT_EQ(later.first, 2U);
  expect_kept("aa", "third of a", later);
  EXPECT_EQ(append("cc", "first of c").first, 0U);
  EXPECT_EQ(run_sync(rows_.scan(tlog::kFirstPrivateLogShard + 2, "", "", 100))->empty(), false);
}

TEST_F(PrivateLogsTest, ManyAtOnceShareCommitsAndSignatures) {
  constexpr int kThreads = 8;
  constexpr int kEach = 100;
  std::vector<std::vector<std::pair<std::string, Receipt>>> got(kThreads);
  {
    std::vector<std::jthread> threads;
    for (int n = 0; n < kThreads; ++n) {
      threads.emplace_back([this, n, &got] {
        for (int i = 0; i < kEach; ++i) {
          const std::string entry = std::to_string(n) + " " + std::to_string(i);
          got[static_cast<std::size_t>(n)].emplace_back(entry, append("aa", entry));
        }
      });
    }
  }
  std::set<std::uint64_t> places;
  tlog::Log* const log = run_sync(logs_->log_of("aa")).value();
  ASSERT_EQ(log->figures().size, kThreads * kEach);
  const merkle::Checkpoint now = run_sync(logs_->publish("aa")).value();
  for (const auto& of_thread : got) {
    for (const auto& [entry, receipt] : of_thread) {
      const std::uint64_t index = receipt.entry().value();
      EXPECT_TRUE(places.insert(index).second);
      EXPECT_TRUE(verify_receipt(receipt, signer_.verifier()));
      EXPECT_EQ(receipt.leaf, merkle::leaf_hash(entry));
      const merkle::Proof proof = run_sync(log->prove_inclusion(index, now.size)).value();
      EXPECT_TRUE(merkle::verify_inclusion(index, now.size, receipt.leaf, proof, now.root));
    }
  }
}

TEST_F(PrivateLogsTest, ReadsGoInWithoutPromises) {
  std::vector<LogEntry> entries;
  for (int i = 0; i < 10'000; ++i) {
    const std::string line = "entry " + std::to_string(i);
    entries.push_back({line, merkle::leaf_hash(line)});
  }
  ASSERT_TRUE(run_sync(logs_->append_all("aa", entries)));
  ASSERT_TRUE(run_sync(logs_->append_all("aa", std::vector<LogEntry>())));
  const Receipt receipt = append("aa", "a change");
  EXPECT_EQ(receipt.first, entries.size());
  expect_kept("aa", "a change", receipt);
  EXPECT_EQ(run_sync(logs_->publish("aa"))->size, entries.size() + 1);
  // Nothing new: the same checkpoint again.
  EXPECT_EQ(run_sync(logs_->publish("aa"))->size, entries.size() + 1);
}

TEST_F(PrivateLogsTest, WhatIsTooLongIsRefused) {
  EXPECT_FALSE(run_sync(logs_->append_promised("aa", std::string(70'000, 'x'))));
  EXPECT_EQ(append("aa", std::string(65'535, 'x')).first, 0U);
}

}  // namespace
}  // namespace muzn::audit
