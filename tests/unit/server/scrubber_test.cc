// The thread of the scrub over stores in memory.
#include "server/scrubber.h"

#include <limits>

#include "object/row_keys.h"
#include "object/row_values.h"
#include "unit/meta/forwarding_store.h"
#include "unit/object/fixture.h"

namespace muzn::server {
namespace {

constexpr std::uint64_t kFast = 1ULL << 40;
constexpr std::int64_t kDays = 14 * 86'400;
constexpr std::size_t kBlobBytes = 20'000;

// Rows of an engine that was closed: every commit is refused.
class ClosedRows final : public meta::ForwardingStore {
 public:
  explicit ClosedRows(meta::Store& rows) : ForwardingStore(rows) {}
  Task<Result<void>> commit(meta::Commit) override {
    co_return fail(Code::kUnavailable, "closed for writes");
  }
  Task<Result<void>> destroy(meta::ShardId) override {
    co_return fail(Code::kUnavailable, "closed for writes");
  }
};

class ScrubberTest : public object::test::ObjectTest {
 protected:
  ScrubberTest() { EXPECT_TRUE(make_bucket("bucket")); }

  std::unique_ptr<Scrubber> start(std::uint64_t bytes_per_second = kFast, bool busy = false) {
    return start_on(rows_, bytes_per_second, busy);
  }
  std::unique_ptr<Scrubber> start_on(meta::Store& rows, std::uint64_t bytes_per_second = kFast,
                                     bool busy = false) {
    ScrubOptions options;
    options.bytes_per_second = bytes_per_second;
    options.period_seconds = kDays;
    auto out =
        std::make_unique<Scrubber>(rows, blobs_, clock_, log_, [busy] { return busy; }, options);
    out->start();
    return out;
  }
  static object::ScrubState after_passes(const Scrubber& scrubber, std::uint64_t passes) {
    for (;;) {
      auto state = scrubber.report().state;
      if (state.passes >= passes) return state;
      std::this_thread::yield();
    }
  }
  void lose_blobs() {
    for (const auto& id : blobs_.ids_for_test()) ASSERT_TRUE(run_sync(blobs_.discard(id)));
  }
  static double gauge(const Scrubber& scrubber, std::string_view name) {
    for (const Gauge& one : scrubber.gauges()) {
      if (one.name == name) return one.value;
    }
    return std::numeric_limits<double>::quiet_NaN();
  }

  Log log_{LogFormat::kJson, clock_};
};

TEST_F(ScrubberTest, APassBeginsAtOnceAndIsKept) {
  ASSERT_TRUE(put("bucket", "k", std::string(kBlobBytes, 'k')));
  auto scrubber = start();
  const auto state = after_passes(*scrubber, 1);
  scrubber->stop();
  EXPECT_EQ(state.last.objects, 1U);
  EXPECT_EQ(state.last.errors, 0U);
  EXPECT_EQ(run_sync(object::load_scrub(rows_)).value(), state);
  EXPECT_EQ(gauge(*scrubber, "muzn_scrub_objects_total"), 1);
  EXPECT_GE(gauge(*scrubber, "muzn_scrub_bytes_total"), kBlobBytes);
  EXPECT_EQ(gauge(*scrubber, "muzn_scrub_passes_total"), 1);
  EXPECT_EQ(gauge(*scrubber, "muzn_scrub_period_seconds"), kDays);
  // Another run: not due.
  auto next = start();
  next->stop();
  EXPECT_EQ(next->report().state.passes, 1U);
  EXPECT_EQ(gauge(*next, "muzn_scrub_bytes_total"), 0);
  clock_.advance(kDays);
  next = start();
  after_passes(*next, 2);
}

TEST_F(ScrubberTest, FindingsAreCountedAndTheFirstKept) {
  for (std::size_t i = 0; i < Scrubber::kFindingsMax + 5; ++i) {
    ASSERT_TRUE(put("bucket", "k" + std::to_string(i), std::string(kBlobBytes, 'k')));
  }
  lose_blobs();
  auto scrubber = start();
  const auto state = after_passes(*scrubber, 1);
  scrubber->stop();
  EXPECT_EQ(state.last.errors, Scrubber::kFindingsMax + 5);
  EXPECT_EQ(gauge(*scrubber, "muzn_scrub_errors_total"), Scrubber::kFindingsMax + 5);
  EXPECT_EQ(gauge(*scrubber, "muzn_scrub_last_pass_errors"), Scrubber::kFindingsMax + 5);
  const ScrubReport report = scrubber->report();
  ASSERT_EQ(report.last_findings.size(), Scrubber::kFindingsMax);
  EXPECT_EQ(report.last_findings[0].bucket, "bucket");
  EXPECT_EQ(report.last_findings[0].key, "k0");
}

TEST_F(ScrubberTest, APassUnderWayGoesOn) {
  ASSERT_TRUE(put("bucket", "a", std::string(kBlobBytes, 'a')));
  ASSERT_TRUE(put("bucket", "b", std::string(kBlobBytes, 'b')));
  object::ScrubState state;
  state.begin(clock_.now());
  state.phase = object::ScrubState::Phase::kBuckets;
  state.bucket = "bucket";
  state.shard = meta::kFirstBucketShard;
  state.row_key = object::row::head("b");
  state.so_far = {1000, 1, 0};
  ASSERT_TRUE(run_sync(object::save_scrub(rows_, state)));
  clock_.advance(10);
  auto scrubber = start();
  const auto done = after_passes(*scrubber, 1);
  EXPECT_EQ(done.began, state.began);
  EXPECT_EQ(done.last.objects, 2U);
  EXPECT_EQ(gauge(*scrubber, "muzn_scrub_objects_total"), 1);
}

TEST_F(ScrubberTest, StopsWhileItWaitsForItsTurn) {
  ASSERT_TRUE(put("bucket", "k", std::string(kBlobBytes, 'k')));
  auto scrubber = start(1, true);
  while (gauge(*scrubber, "muzn_scrub_running") == 0) std::this_thread::yield();
  scrubber->stop();  // or this test never ends
  EXPECT_EQ(scrubber->report().state.passes, 0U);
  const auto kept = run_sync(object::load_scrub(rows_)).value();
  EXPECT_NE(kept.phase, object::ScrubState::Phase::kIdle);
}

TEST_F(ScrubberTest, AClosedEngineIsReadOn) {
  ASSERT_TRUE(put("bucket", "k", std::string(kBlobBytes, 'k')));
  lose_blobs();
  ClosedRows rows(rows_);
  auto scrubber = start_on(rows);
  EXPECT_EQ(after_passes(*scrubber, 1).last.errors, 1U);
  scrubber->stop();
  EXPECT_EQ(run_sync(object::load_scrub(rows_)).value(), object::ScrubState{});
}

TEST_F(ScrubberTest, APlaceThatIsLostIsNoEnd) {
  meta::Commit commit;
  commit.shard = meta::kNodeShard;
  commit.put(object::row::node_scrub(), "\x7f");
  ASSERT_TRUE(run_sync(rows_.commit(std::move(commit))));
  auto scrubber = start();
  after_passes(*scrubber, 1);
  scrubber->stop();
  EXPECT_EQ(run_sync(object::load_scrub(rows_)).value().passes, 1U);
}

TEST_F(ScrubberTest, OffIsOff) {
  auto scrubber = start(0);
  scrubber->stop();
  EXPECT_FALSE(scrubber->report().enabled);
  EXPECT_EQ(gauge(*scrubber, "muzn_scrub_period_seconds"), 0);
  EXPECT_EQ(run_sync(object::load_scrub(rows_)).value(), object::ScrubState{});
}

}  // namespace
}  // namespace muzn::server
