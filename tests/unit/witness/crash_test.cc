// A witness on the simulated disk: power lost at every change it makes, and every call of its
// failing once. Whatever it answered with 200 or showed to monitors it still knows afterwards.
#include "sim/disk.h"
#include "unit/witness/fixture.h"

namespace muzn::witness {
namespace {

using sim::Disk;
using sim::Event;
using sim::Fault;
using sim::Platter;
using sim::PowerLoss;

constexpr char kData[] = "witness";
constexpr std::size_t kSteps[] = {0, 3, 7, 8, 8, 20};

class CrashTest : public testing::Test {
 protected:
  // Asks for each step until one is not cosigned; returns the size of the last that was.
  std::size_t run(Disk& disk) {
    std::size_t acknowledged = 0;
    auto cosigner = open_witness(kData, clock_, disk);
    if (!cosigner) return acknowledged;
    for (const std::size_t size : kSteps) {
      clock_.seconds += 1;
      if (status_of(cosigner->add(story_.grow(acknowledged, size))) != 200) break;
      acknowledged = size;
      disk.mark(size);
    }
    refused_all_ = true;
    for (std::size_t size = acknowledged; size < kLeaves && cosigner->has_failed(); ++size) {
      refused_all_ &= status_of(cosigner->add(story_.grow(acknowledged, size))) == 503;
    }
    return acknowledged;
  }

  // What is on `platter` knows of `acknowledged` leaves, and still does after the next power loss.
  void check(const Platter& platter, std::size_t acknowledged) {
    Disk disk(platter);
    auto cosigner = open_witness(kData, clock_, disk);
    ASSERT_TRUE(cosigner) << cosigner.error().what;
    const auto seen = view_of(*cosigner);
    const std::size_t size = seen ? seen->size : 0;
    ASSERT_GE(size, acknowledged);
    ASSERT_EQ(!seen || *seen == story_.honest.checkpoint(size), true);
    for (std::size_t from = 0; from <= acknowledged && acknowledged > 5; ++from) {
      EXPECT_NE(status_of(cosigner->add(story_.fork(from, 30))), 200) << from;
    }
    // A monitor may have fetched it by now.
    Disk later(disk.platter().after({.mode = PowerLoss::Mode::kLost, .seed = 0}));
    auto again = open_witness(kData, clock_, later);
    ASSERT_TRUE(again);
    const auto still = view_of(*again);
    EXPECT_GE(still ? still->size : 0, size);
    EXPECT_EQ(status_of(again->add(story_.grow(size, 30))), 200);
  }

  void check_all_losses(const Platter& platter, std::size_t acknowledged) {
    for (int mode = 0; mode < PowerLoss::kModes; ++mode) {
      check(platter.after({.mode = static_cast<PowerLoss::Mode>(mode), .seed = 1}), acknowledged);
    }
  }

  FakeClock clock_;
  Story story_;
  bool refused_all_ = true;
};

TEST_F(CrashTest, PowerLossAtEveryChange) {
  Disk disk{Platter()};
  ASSERT_EQ(run(disk), kSteps[std::size(kSteps) - 1]);
  const std::vector<Event> history = disk.take_history();
  ASSERT_GT(history.size(), 30U);
  Platter platter;
  std::size_t acknowledged = 0;
  check_all_losses(platter, acknowledged);
  for (const Event& event : history) {
    if (event.kind == Event::Kind::kMark) acknowledged = event.offset;
    platter.apply(event);
    SCOPED_TRACE(testing::Message() << "acknowledged " << acknowledged);
    check_all_losses(platter, acknowledged);
    if (HasFatalFailure()) return;
  }
}

TEST_F(CrashTest, EveryCallFails) {
  for (int kind = 0; kind < Fault::kKinds; ++kind) {
    std::size_t refusals = 0;
    for (std::size_t at = 0;; ++at) {
      ASSERT_LT(at, 1000U);
      SCOPED_TRACE(testing::Message() << "fault " << kind << " at " << at);
      Disk disk{Platter()};
      disk.arm({.kind = static_cast<Fault::Kind>(kind), .at = at});
      const std::size_t acknowledged = run(disk);
      const auto hit = disk.disarm();
      if (!hit) {
        EXPECT_EQ(acknowledged, kSteps[std::size(kSteps) - 1]);
        break;
      }
      EXPECT_TRUE(refused_all_);
      refusals += acknowledged < kSteps[std::size(kSteps) - 1] ? 1 : 0;
      check_all_losses(disk.platter(), acknowledged);
      if (HasFatalFailure()) return;
    }
    const auto as_kind = static_cast<Fault::Kind>(kind);
    // Short and interrupted calls are made again, all others end in a refusal.
    const bool is_harmless = as_kind == Fault::Kind::kShort || as_kind == Fault::Kind::kInterrupt;
    EXPECT_EQ(refusals > 0, !is_harmless) << kind;
  }
}

}  // namespace
}  // namespace muzn::witness
