// The thread of the sweeper over stores in memory. No period ends here: only garbage asks.
#include "server/sweeper.h"

#include <chrono>
#include <thread>

#include "unit/object/fixture.h"

namespace muzn::server {
namespace {

constexpr std::size_t kBlobBytes = 20'000;
constexpr std::uint64_t kGarbageMax = 10 * kBlobBytes;

class SweeperTest : public object::test::ObjectTest {
 protected:
  SweeperTest() { begin(); }
  ~SweeperTest() override {
    sweeper_->stop();
    store_.reset();
  }

  // Stopped first, since the store tells it.
  void begin(bool busy = false) {
    if (sweeper_) sweeper_->stop();
    store_.reset();
    SweeperOptions options;
    options.period_seconds = 1'000'000;
    options.garbage_bytes_max = kGarbageMax;
    sweeper_ = std::make_unique<Sweeper>(log_, [busy] { return busy; }, options);
    object::StoreOptions store;
    store.sweep_host = sweeper_.get();
    reopen(store);
  }
  void overwrite(int times) {
    for (int i = 0; i <= times; ++i) ASSERT_TRUE(put("bucket", "k", std::string(kBlobBytes, 'k')));
  }
  // What never comes fails the test and does not hang it.
  template <class Done>
  static void wait_until(Done done) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (!done()) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline);
      std::this_thread::yield();
    }
  }
  double gauge(std::string_view name) const {
    for (const Gauge& one : sweeper_->gauges()) {
      if (one.name == name) return one.value;
    }
    return -1;
  }

  Log log_{LogFormat::kJson, clock_};
  std::unique_ptr<Sweeper> sweeper_;
};

TEST_F(SweeperTest, TheFirstPassIsAWholeOne) {
  ASSERT_TRUE(make_bucket("bucket"));
  overwrite(3);
  begin();  // what was fresh is not known any more
  sweeper_->start(*store_);
  wait_until([&] { return blobs_.count_for_test() == 1; });
}

// The last of it may be too late for its pass: its row is written after it was told of.
TEST_F(SweeperTest, MuchGarbageIsNotLeftToTheNextWholePass) {
  ASSERT_TRUE(make_bucket("bucket"));
  sweeper_->start(*store_);
  double swept = 0;
  for (int i = 0; i < 3; ++i) {
    overwrite(10);
    wait_until([&] { return gauge("muzn_swept_blobs_total") != swept; });
    swept = gauge("muzn_swept_blobs_total");
  }
  sweeper_->stop();
  EXPECT_EQ(gauge("muzn_garbage_bytes_total"), 32.0 * kBlobBytes);
}

TEST_F(SweeperTest, BusyClientsDoNotKeepItFromItsWork) {
  begin(true);
  ASSERT_TRUE(make_bucket("bucket"));
  sweeper_->start(*store_);
  overwrite(200);
  wait_until([&] { return gauge("muzn_swept_blobs_total") >= 180; });
}

TEST(SweeperPace, RestsLongerThanItWorksUnlessGarbageComesFaster) {
  EXPECT_EQ(rest_after(1000, 0, 100), 3000);
  EXPECT_EQ(rest_after(1000, 99, 100), 3000);
  EXPECT_EQ(rest_after(1000, 100, 100), 1000);
  EXPECT_EQ(rest_after(1000, 199, 100), 1000);
  EXPECT_EQ(rest_after(1000, 200, 100), 0);
}

}  // namespace
}  // namespace muzn::server
