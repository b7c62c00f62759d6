// Lifecycle rules: when something is due, what a pass takes away, and what it leaves.
#include "object/lifecycle.h"

#include <chrono>

#include "object/lifecycle_pass.h"
#include "object/lifecycle_rows.h"
#include "unit/object/fixture.h"

namespace muzn::object::test {
namespace {

constexpr std::int64_t kMinute = 60;

Time at(int year, unsigned month, unsigned day, std::int64_t seconds = 0) {
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(day)};
  return Time(std::chrono::sys_days(date).time_since_epoch()) + std::chrono::seconds(seconds);
}

LifecycleRule expire_rule(std::int64_t days) {
  LifecycleRule out;
  out.id = "r";
  out.enabled = true;
  out.expire_days = days;
  return out;
}

// AWS's own example: made on January 15 at 10:30, three days, gone on January 19.
TEST(LifecycleDue, IsTheNextMidnight) {
  EXPECT_EQ(lifecycle_due(at(2014, 1, 15, 10 * 3600 + 1800), 3, kDaySeconds), at(2014, 1, 19));
  EXPECT_EQ(lifecycle_due(at(2014, 1, 15), 3, kDaySeconds), at(2014, 1, 19));
  EXPECT_EQ(lifecycle_due(at(2028, 2, 28, 1), 1, kDaySeconds), at(2028, 3, 1));  // a leap year
  EXPECT_EQ(lifecycle_due(at(2014, 1, 15, 5), 3, 2), at(2014, 1, 15, 11));
  EXPECT_GT(lifecycle_due(at(2026, 1, 1), 2'147'483'647, kDaySeconds), at(4000, 1, 1));
}

// The cutoff says the same as the moment, on both sides of each edge.
TEST(LifecycleDue, CutoffAgrees) {
  for (const std::int64_t day : {kDaySeconds, std::int64_t{2}, std::int64_t{3600}}) {
    for (const std::int64_t days : {1, 2, 30}) {
      for (std::int64_t step = -3; step <= 3; ++step) {
        for (const Time now : {at(2026, 11, 27), at(2026, 11, 27, 12 * 3600)}) {
          for (const Time edge :
               {lifecycle_cutoff(now, days, day), now - std::chrono::days(days)}) {
            const Time since = edge + std::chrono::microseconds(step);
            EXPECT_EQ(lifecycle_due(since, days, day) <= now,
                      since < lifecycle_cutoff(now, days, day));
          }
        }
      }
    }
  }
}

TEST(LifecycleJudge, FiltersMeanAllThatTheySay) {
  Version version;
  version.modified = at(2026, 1, 1);
  version.size = 10;
  version.attributes.tags = {{"a", "1"}, {"b", "2"}};
  LifecycleRule rule = expire_rule(1);
  const auto act = [&](const LifecycleRule& one, std::string_view key, Time now) {
    const LifecycleRules rules = {one};
    return judge_lifecycle(rules, {.key = key, .version = version}, now, kDaySeconds).act;
  };
  const Time later = at(2026, 1, 3);
  EXPECT_EQ(act(rule, "k", later), LifecycleAct::kExpire);
  EXPECT_EQ(act(rule, "k", later - std::chrono::microseconds(1)), LifecycleAct::kNone);
  rule.enabled = false;
  EXPECT_EQ(act(rule, "k", later), LifecycleAct::kNone);
  rule.enabled = true;
  rule.filter.prefix = "k/";
  EXPECT_EQ(act(rule, "k", later), LifecycleAct::kNone);
  EXPECT_EQ(act(rule, "k/1", later), LifecycleAct::kExpire);
  rule.filter.tags = {{"a", "1"}, {"c", "2"}};
  EXPECT_EQ(act(rule, "k/1", later), LifecycleAct::kNone);
  rule.filter.tags = {{"b", "2"}};
  EXPECT_EQ(act(rule, "k/1", later), LifecycleAct::kExpire);
  rule.filter.larger_than = 10;
  EXPECT_EQ(act(rule, "k/1", later), LifecycleAct::kNone);
  rule.filter.larger_than = 9;
  rule.filter.smaller_than = 10;
  EXPECT_EQ(act(rule, "k/1", later), LifecycleAct::kNone);
  rule.filter.smaller_than = 11;
  EXPECT_EQ(act(rule, "k/1", later), LifecycleAct::kExpire);
}

TEST(LifecycleJudge, NoncurrentVersionsGoByAgeAndNumber) {
  Version version;
  version.modified = at(2026, 1, 1);
  LifecycleRule rule;
  rule.enabled = true;
  rule.noncurrent_days = 1;
  rule.newer_noncurrent = 2;
  const LifecycleRules rules = {rule};
  const auto act = [&](std::uint64_t newer, Time now, bool is_current = false) {
    return judge_lifecycle(rules,
                           {.key = "k",
                            .version = version,
                            .is_current = is_current,
                            .newer_noncurrent = newer},
                           now, kDaySeconds)
        .act;
  };
  const Time later = at(2026, 1, 3);
  EXPECT_EQ(act(2, later), LifecycleAct::kNone) << "nobody knows since when it is noncurrent";
  version.noncurrent_since = at(2026, 1, 1);
  EXPECT_EQ(act(2, later), LifecycleAct::kRemove);
  EXPECT_EQ(act(1, later), LifecycleAct::kNone) << "one of the newest";
  EXPECT_EQ(act(2, later - std::chrono::microseconds(1)), LifecycleAct::kNone);
  EXPECT_EQ(act(2, later, true), LifecycleAct::kNone) << "it is current";
}

TEST(LifecycleJudge, DeleteMarkersGoWhenTheyAreAllThatIsLeft) {
  Version marker;
  marker.delete_marker = true;
  marker.modified = at(2026, 1, 1);
  LifecycleRule rule;
  rule.enabled = true;
  rule.expire_markers = true;
  const auto act = [&](bool is_only, Time now) {
    const LifecycleRules rules = {rule};
    return judge_lifecycle(rules, {.key = "k", .version = marker, .is_only = is_only}, now,
                           kDaySeconds)
        .act;
  };
  EXPECT_EQ(act(true, at(2026, 1, 1)), LifecycleAct::kRemove);
  EXPECT_EQ(act(false, at(2027, 1, 1)), LifecycleAct::kNone);
  rule.filter.larger_than = 1;
  EXPECT_EQ(act(true, at(2027, 1, 1)), LifecycleAct::kNone) << "a marker has no size";
  rule = expire_rule(1);
  EXPECT_EQ(act(true, at(2026, 1, 2)), LifecycleAct::kNone);
  EXPECT_EQ(act(true, at(2026, 1, 3)), LifecycleAct::kRemove);
  EXPECT_EQ(act(false, at(2026, 1, 3)), LifecycleAct::kNone);
}

TEST(LifecycleRows, HaveOneEncoding) {
  const std::vector<row::LifecycleStream> walks = {{'c', 1, "x"}, {'c', 30, ""}, {'n', 1, "y"}};
  const std::string bytes = row::encode_streams(walks);
  EXPECT_EQ(row::decode_streams(bytes).value(), walks);
  EXPECT_FALSE(row::decode_streams(bytes + '\0'));
  EXPECT_FALSE(row::decode_streams(row::encode_streams({{'n', 1, ""}, {'c', 1, ""}})));
  const row::LifecycleDue due{"key", 7};
  EXPECT_EQ(row::decode_lifecycle_due(row::encode(due)).value(), due);
  const auto upload = row::parse_time_key(row::initiated(from_micros(5), "key", "id")).value();
  EXPECT_EQ(upload.key + upload.upload_id, "keyid");
  EXPECT_EQ(upload.time, from_micros(5));
  EXPECT_FALSE(row::parse_time_key("tx"));
}

class LifecyclePass : public ObjectTest, public LifecycleHost {
 protected:
  LifecyclePass() : bucket_(make_bucket(kBucket).value()) { obey({expire_rule(1)}); }

  void obey(LifecycleRules rules) {
    rules_ = std::move(rules);
    document_ += "x";
    ASSERT_TRUE(run_sync(store_->put_document(bucket_, std::string(kLifecycleName), document_)));
  }
  LifecycleTally pass(Time now) {
    LifecycleTally out;
    const LifecycleWork work{.bucket = bucket_,
                             .document = document_,
                             .rules = rules_,
                             .now = now,
                             .day_seconds = kMinute};
    EXPECT_TRUE(run_lifecycle(rows_, work, *this, out));
    return out;
  }
  Outcome<void> remove(const LifecycleDeed&, RemoveArgs args) override {
    if (before_) before_();
    auto done = run_sync(store_->remove(std::move(args)));
    if (!done) return std::unexpected(std::move(done).error());
    return {};
  }
  Outcome<void> abort(const LifecycleDeed&, UploadRef upload) override {
    return run_sync(store_->abort_upload(std::move(upload)));
  }
  bool go_on() override { return true; }
  Time in_minutes(int count) { return clock_.now() + std::chrono::minutes(count); }

  void put_one(const std::string& key) { ASSERT_TRUE(put(kBucket, key, "body")); }
  bool is_there(const std::string& key) {
    return run_sync(store_->open(kBucket, key, std::nullopt)).has_value();
  }

  Bucket bucket_;
  LifecycleRules rules_;
  std::string document_;
  std::function<void()> before_;  // each removal
};

TEST_F(LifecyclePass, ReadsNothingTwice) {
  put_one("a");
  put_one("b");
  LifecycleRule rule = expire_rule(1);
  rule.filter.prefix = "a";
  obey({rule});
  EXPECT_EQ(pass(clock_.now()).read, 0U);
  const LifecycleTally first = pass(in_minutes(5));
  EXPECT_EQ(first.read, 2U);
  EXPECT_EQ(first.expired, 1U);
  EXPECT_EQ(pass(in_minutes(6)).read, 0U);
  // What changed is read again, and only that.
  AmendArgs amend;
  amend.bucket = kBucket;
  amend.key = "b";
  amend.tags = Pairs{{"k", "v"}};
  ASSERT_TRUE(run_sync(store_->amend(amend)));
  EXPECT_EQ(pass(in_minutes(7)).read, 1U);
  EXPECT_EQ(pass(in_minutes(8)).read, 0U);
}

// Between what a pass reads and what it removes all may change.
TEST_F(LifecyclePass, WhatChangesInBetweenStays) {
  put_one("a");
  before_ = [this] { put_one("a"); };
  EXPECT_EQ(pass(in_minutes(5)).expired, 0U);
  EXPECT_TRUE(is_there("a"));
  before_ = [this] {
    ASSERT_TRUE(run_sync(store_->put_document(bucket_, std::string(kLifecycleName), std::nullopt)));
  };
  obey({expire_rule(1)});
  EXPECT_EQ(pass(in_minutes(5)).expired, 0U);
  EXPECT_TRUE(is_there("a"));
}

}  // namespace
}  // namespace muzn::object::test
