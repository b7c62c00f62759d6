#include "server/access_delivery.h"

#include <gtest/gtest.h>

#include "unit/s3/object_bench.h"
#include "unit/tlog/thumb_rows.h"

namespace muzn::server {
namespace {

// Delivers from a journal in memory into buckets in memory.
class AccessDeliveryTest : public s3::ObjectBench {
 protected:
  void SetUp() override {
    ObjectBench::SetUp();
    ASSERT_EQ(request("PUT", "/logs").outcome(), "200");
    allow(true);
    open();
  }
  void open() {
    journal_ = run_sync(audit::open_journal(thumb_)).value();
    delivery_.emplace(*journal_, context_of(), log_, options_);
  }
  s3::Context context_of() { return {*store_, controller_, gate_, clock_, rng_, pool_, settings_}; }
  void allow(bool does) {
    const std::string policy = std::string(R"({"Version":"2012-10-17","Statement":[{"Effect":)") +
                               (does ? R"("Allow")" : R"("Deny")") +
                               R"(,"Principal":{"Service":"logging.s3.amazonaws.com"},)"
                               R"("Action":"s3:PutObject","Resource":"arn:aws:s3:::logs/*"}]})";
    ASSERT_EQ(request("PUT", "/logs?policy", policy).outcome(), "204");
  }
  audit::Record record(const std::string& id, const std::string& bucket = "bkt") {
    audit::Record out;
    out.time = clock_.now();
    out.request_id = id;
    out.bucket = bucket;
    out.operation = "GetObject";
    out.method = "GET";
    out.status = 200;
    out.access = std::make_shared<audit::AccessFacts>();
    out.access->account = "111111111111";
    out.access->target = audit::encode(audit::AccessTarget{.bucket = "logs", .prefix = "p"});
    return out;
  }
  // All that was added is durable then.
  void settle_down() { ASSERT_TRUE(run_sync(journal_->add_durably(audit::Queue::kTrail, ""))); }
  // Ids in all objects of the log, in the order of their names.
  std::vector<std::string> delivered() {
    std::vector<std::string> out;
    object::ListArgs args;
    args.bucket = "logs";
    for (const auto& entry : run_sync(store_->list(args)).value().entries) {
      const std::string text = request("GET", "/logs/" + entry.key).body;
      std::size_t at = 0;
      while ((at = text.find(" REQ", at)) != std::string::npos) {
        ++at;
        out.push_back(text.substr(at, text.find(' ', at) - at));
      }
    }
    return out;
  }
  std::size_t objects() {
    object::ListArgs args;
    args.bucket = "logs";
    return run_sync(store_->list(args)).value().entries.size();
  }

  meta::MemStore journal_rows_;
  tlog::ThumbRows thumb_{journal_rows_};
  Log log_{LogFormat::kText, clock_};
  AccessDeliveryOptions options_;
  std::unique_ptr<audit::Journal> journal_;
  std::optional<AccessDelivery> delivery_;
};

TEST_F(AccessDeliveryTest, AnObjectForEachBucket) {
  for (int i = 0; i < 3; ++i) delivery_->write(record("REQ" + std::to_string(i)));
  delivery_->write(record("REQ3", "another"));
  delivery_->write(audit::Record());  // of a bucket without a log
  settle_down();
  delivery_->deliver();
  EXPECT_EQ(objects(), 2U);
  auto ids = delivered();
  std::ranges::sort(ids);
  EXPECT_EQ(ids, (std::vector<std::string>{"REQ0", "REQ1", "REQ2", "REQ3"}));
  EXPECT_EQ(journal_->figures(audit::Queue::kAccess).waiting, 0U);
  delivery_->deliver();
  EXPECT_EQ(objects(), 2U);
}

TEST_F(AccessDeliveryTest, ACrashBetweenDeliveryAndDropDoublesNothing) {
  delivery_->write(record("REQ0"));
  delivery_->write(record("REQ1"));
  settle_down();
  // The commit that drops is the one that says so; nothing is written from then on.
  bool is_dead = false;
  thumb_.on_commit = [&](const meta::Commit& commit) -> tlog::ThumbRows::Verdict {
    for (const meta::Mutation& one : commit.mutations) {
      if (one.key == audit::delivered_row(audit::Queue::kAccess)) is_dead = true;
    }
    if (!is_dead) return {};
    return {.answer = fail(Code::kUnavailable, "dead"), .is_done = false};
  };
  delivery_->deliver();
  EXPECT_EQ(delivered(), (std::vector<std::string>{"REQ0", "REQ1"}));
  delivery_.reset();
  journal_.reset();
  thumb_.on_commit = {};
  open();
  EXPECT_FALSE(journal_->noted(audit::Queue::kAccess).empty());
  // More has come, and later: what was delivered is delivered the same way again, to no effect.
  delivery_->write(record("REQ2"));
  settle_down();
  delivery_->deliver();
  auto ids = delivered();
  std::ranges::sort(ids);
  EXPECT_EQ(ids, (std::vector<std::string>{"REQ0", "REQ1", "REQ2"}));
  EXPECT_EQ(journal_->figures(audit::Queue::kAccess).waiting, 0U);
}

TEST_F(AccessDeliveryTest, WhatIsRefusedWaitsAndHoldsUpNobody) {
  allow(false);
  ASSERT_EQ(request("PUT", "/others").outcome(), "200");
  ASSERT_EQ(request("PUT", "/others?policy",
                    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",)"
                    R"("Principal":{"Service":"logging.s3.amazonaws.com"},)"
                    R"("Action":"s3:PutObject","Resource":"arn:aws:s3:::others/*"}]})")
                .outcome(),
            "204");
  delivery_->write(record("REQ0"));
  audit::Record other = record("REQ1", "another");
  other.access->target = audit::encode(audit::AccessTarget{.bucket = "others", .prefix = ""});
  delivery_->write(other);
  settle_down();
  delivery_->deliver();
  object::ListArgs args;
  args.bucket = "others";
  EXPECT_EQ(run_sync(store_->list(args)).value().entries.size(), 1U);
  EXPECT_EQ(objects(), 0U);
  EXPECT_EQ(journal_->figures(audit::Queue::kAccess).waiting, 1U);
  delivery_->deliver();
  EXPECT_EQ(journal_->figures(audit::Queue::kAccess).waiting, 1U);
  allow(true);
  delivery_->deliver();
  EXPECT_EQ(delivered(), (std::vector<std::string>{"REQ0"}));
  EXPECT_EQ(journal_->figures(audit::Queue::kAccess).waiting, 0U);
}

TEST_F(AccessDeliveryTest, WhatWaitsIsBounded) {
  allow(false);
  options_.keep_bytes_max = 1500;
  delivery_.emplace(*journal_, context_of(), log_, options_);
  for (int i = 0; i < 20; ++i) delivery_->write(record("REQ" + std::to_string(i)));
  settle_down();
  delivery_->deliver();
  const auto waiting = journal_->figures(audit::Queue::kAccess).waiting;
  EXPECT_GT(waiting, 2U);
  EXPECT_LT(waiting, 15U);
  audit::Record old = record("REQ-OLD");
  old.time -= std::chrono::seconds(options_.keep_seconds + 1);
  delivery_->write(old);
  settle_down();
  delivery_->deliver();
  EXPECT_EQ(journal_->figures(audit::Queue::kAccess).waiting, waiting);
}

TEST_F(AccessDeliveryTest, StrictOnesAreKeptAndThenRefused) {
  allow(false);
  options_.keep_bytes_max = 1500;
  delivery_.emplace(*journal_, context_of(), log_, options_);
  for (int i = 0; i < 20; ++i) {
    audit::Record one = record("REQ" + std::to_string(i));
    ASSERT_TRUE(run_sync(delivery_->ensure(one)));
    one.access->is_intended = true;
    delivery_->write(one);
  }
  settle_down();
  delivery_->deliver();
  EXPECT_EQ(journal_->figures(audit::Queue::kAccess).waiting, 20U);
  const auto refused = run_sync(delivery_->ensure(record("REQ-NEW")));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kUnavailable);
  audit::Record stranger = record("REQ-STRANGER");
  stranger.access->account = "222222222222";
  EXPECT_TRUE(run_sync(delivery_->ensure(stranger))) << "another account is not held up";
  allow(true);
  delivery_->deliver();
  EXPECT_TRUE(run_sync(delivery_->ensure(record("REQ-NEW"))));
  EXPECT_EQ(delivered().size(), 20U);
}

}  // namespace
}  // namespace muzn::server
