// Every verb with its Nth call to the disk failing, for N = 0, 1, ... until none fails: the verb
// says so, reads go on, the engine takes no more writes after a failed write or sync, and nothing
// acknowledged is lost when it starts again after a power loss.
#include <gtest/gtest.h>

#include <algorithm>

#include "fault/report.h"

namespace muzn::sim {
namespace {

using Kind = Fault::Kind;

struct Case {
  const char* name;
  Step step;
};
const Case kCases[] = {
    {"put inline", {Verb::kPut, 0, 0, 100, 2}},
    {"put blob", {Verb::kPut, 0, 0, 3000, 2}},
    {"put blob of unknown size", {Verb::kPut, 0, 2, 3000, 3}},
    {"replace a blob", {Verb::kPut, 0, 1, 70'000, 2}},
    {"remove", {Verb::kRemove, 0, 1, 0, 0}},
    {"create upload", {Verb::kCreateUpload, 0, 0, 0, 0}},
    {"put part", {Verb::kPutPart, 0, 0, 2000, 1}},
    {"complete", {Verb::kComplete, 0, 0, 0, 0}},
    {"abort", {Verb::kAbort, 0, 0, 0, 0}},
    {"create bucket", {Verb::kCreateBucket, 1, 0, 0, 0}},
    {"delete bucket", {Verb::kDeleteBucket, 1, 0, 0, 0}},
    {"tag", {Verb::kTag, 0, 1, 0, 5}},
    {"create user", {Verb::kCreateUser, 0, 1, 0, 0}},
    {"create key", {Verb::kCreateKey, 0, 0, 0, 0}},
    {"delete key", {Verb::kDeleteKey, 0, 0, 0, 0}},
    {"block public access", {Verb::kBlock, 0, 0, 0, 5}},
    {"sweep", {Verb::kSweep, 0, 0, 0, 0}},
    {"flush", {Verb::kJobs, 0, 0, 0, 0}},
    {"move records", {Verb::kMove, 0, 0, 0, 0}},
};
constexpr std::size_t kCallsMax = 2000;

// An inline object, a blob, a replaced blob that waits for the sweeper, an upload with a part, and
// an empty bucket where `has_bucket`.
std::vector<Step> before(Verb verb) {
  std::vector<Step> out{
      {Verb::kCreateBucket, 0, 0, 0, 0}, {Verb::kPut, 0, 0, 50, 10},
      {Verb::kPut, 0, 1, 2000, 11},      {Verb::kPut, 0, 1, 2100, 12},
      {Verb::kCreateUpload, 0, 0, 0, 0}, {Verb::kPutPart, 0, 0, 1000, 0},
      {Verb::kCreateUser, 0, 0, 0, 0},   {Verb::kCreateKey, 0, 0, 0, 0},
  };
  if (verb == Verb::kDeleteBucket) out.push_back({Verb::kCreateBucket, 1, 0, 0, 0});
  if (verb == Verb::kSweep) out.push_back({Verb::kTick, 0, 0, 0, 9999});
  // As many rows as fill a memtable, so that there is something to flush.
  for (unsigned i = 0; verb == Verb::kJobs && i < 90; ++i) {
    out.push_back({Verb::kPut, 0, 3, kInlineMax, i});
  }
  return out;
}

bool has_failures(const State& state) {
  return std::ranges::any_of(
      state, [](const auto& line) { return line.second.text.starts_with("fault"); });
}

// One run with one fault. Returns whether the fault was met.
class Trial {
 public:
  Trial(const Case& one, const Fault& fault, Pool& pool)
      : case_(one), fault_(fault), pool_(pool), machine_(Platter(), pool) {}

  bool run() {
    EXPECT_TRUE(machine_.start());
    Driver driver(machine_, State());
    for (const Step& step : before(case_.step.verb)) EXPECT_EQ(driver.run(step), std::nullopt);
    before_ = driver.state();
    machine_.disk().arm(fault_);
    const auto wrong = driver.run(case_.step);
    const auto hit = machine_.disk().disarm();
    if (!hit) {
      EXPECT_EQ(wrong, std::nullopt) << case_.name;
      machine_.stop();
      EXPECT_EQ(machine_.disk().open_files(), 0U) << case_.name;
      return false;
    }
    after_ = driver.wanted();
    allowed_ =
        wrong ? std::vector<const State*>{&before_, &after_} : std::vector<const State*>{&after_};
    judge(wrong, *hit);
    go_on(driver);
    restart();
    return true;
  }

 private:
  std::string about() const {
    return std::string(case_.name) + ", fault " + std::to_string(static_cast<int>(fault_.kind)) +
           " at call " + std::to_string(fault_.at);
  }
  bool is_allowed(const State& state) const {
    return std::ranges::any_of(allowed_, [&](const State* one) { return *one == state; });
  }

  void judge(const std::optional<std::string>& wrong, Disk::Call hit) {
    const bool is_job = case_.step.verb == Verb::kJobs;
    if (fault_.kind == Kind::kShort || fault_.kind == Kind::kInterrupt) {
      EXPECT_EQ(wrong, std::nullopt) << about();
      EXPECT_FALSE(machine_.closed_for_writes()) << about();
    }
    if (wrong) {
      EXPECT_TRUE(wrong->starts_with("fault storage unavailable") ||
                  wrong->starts_with("fault storage no_space"))
          << about() << ": " << *wrong;
      if (fault_.kind != Kind::kNoSpace &&
          (hit == Disk::Call::kWrite || hit == Disk::Call::kSync)) {
        EXPECT_TRUE(machine_.closed_for_writes()) << about();
      }
    } else if (hit == Disk::Call::kSync && !is_job) {
      ADD_FAILURE() << about() << ": acknowledged after a failed sync";
    }
  }

  // Reads go on; writes do, or say that they don't.
  void go_on(Driver& driver) {
    const State now = observe(machine_);
    EXPECT_TRUE(is_allowed(now)) << about() << "\n" << difference(now, *allowed_.back());
    const bool was_closed = machine_.closed_for_writes();
    const Step more{Verb::kPut, 0, 3, 20, 99};
    const auto wrong = driver.run(more);
    // What failed in the background is met by the next write.
    const bool may_be_met_now = case_.step.verb == Verb::kJobs;
    EXPECT_TRUE(wrong.has_value() == was_closed || may_be_met_now)
        << about() << ": " << wrong.value_or("taken");
    if (wrong) {
      EXPECT_TRUE(wrong->starts_with("fault storage unavailable")) << about() << ": " << *wrong;
      return;
    }
    for (const std::string& line : {object_line("bucket-0", "key/3"), record_line(show(more))}) {
      for (State* state : {&before_, &after_}) (*state)[line] = driver.state().at(line);
    }
  }

  void restart() {
    const bool is_closed = machine_.closed_for_writes();
    machine_.stop();
    if (!is_closed) EXPECT_EQ(machine_.disk().open_files(), 0U) << about();
    for (const auto mode :
         {PowerLoss::Mode::kLost, PowerLoss::Mode::kKept, PowerLoss::Mode::kTorn512}) {
      const auto wrong =
          recover(machine_.disk().platter().after({mode, fault_.at}), allowed_, true, pool_);
      EXPECT_EQ(wrong, std::nullopt) << about() << ", then a restart: " << *wrong;
    }
  }

  const Case& case_;
  const Fault fault_;
  Pool& pool_;
  Machine machine_;
  State before_;
  State after_;
  std::vector<const State*> allowed_;
};

void all_calls(Kind kind, bool for_good) {
  Pool pool(1);
  std::size_t trials = 0;
  for (const Case& one : kCases) {
    for (std::size_t at = 0;; ++at) {
      ASSERT_LT(at, kCallsMax) << one.name;
      if (!Trial(one, {kind, at, for_good}, pool).run()) break;
      ++trials;
      if (testing::Test::HasFailure()) return;
    }
  }
  std::cout << trials << " failed calls" << std::endl;
}

TEST(NthCall, FailsWithEio) {
  all_calls(Kind::kIo, false);
}
TEST(NthCall, FailsWithEnospc) {
  all_calls(Kind::kNoSpace, false);
}
TEST(NthCall, IsShort) {
  all_calls(Kind::kShort, false);
}
TEST(NthCall, IsInterrupted) {
  all_calls(Kind::kInterrupt, false);
}
TEST(NthCall, FailsToSync) {
  all_calls(Kind::kSync, false);
}

// Reads say that they failed, or are right.
TEST(NthCall, OfReadsFails) {
  Pool pool(1);
  const Life life = live(Platter(), before(Verb::kPut), State(), pool);
  ASSERT_EQ(life.failure, "");
  const Platter disk = disk_at(life, {life.events.size(), {PowerLoss::Mode::kKept, 0}});
  for (std::size_t at = 0;; ++at) {
    Machine machine(disk, pool);
    ASSERT_TRUE(machine.start());
    machine.disk().arm({Kind::kIo, at});
    const State seen = observe(machine);
    const auto hit = machine.disk().disarm();
    EXPECT_FALSE(machine.closed_for_writes()) << "call " << at;
    EXPECT_EQ(has_failures(seen), hit.has_value()) << "call " << at;
    for (const auto& [name, line] : seen) {
      if (line.text.starts_with("fault")) continue;
      const auto found = life.states.back().find(name);
      ASSERT_NE(found, life.states.back().end()) << name << " = " << line.text;
      EXPECT_EQ(line, found->second) << name;
    }
    EXPECT_EQ(difference(observe(machine), life.states.back()), "");
    if (!hit) break;
  }
}

// The engine starts or says why not, and starts when the disk is well again.
TEST(NthCall, OfTheStartFails) {
  Pool pool(1);
  const Life life = live(Platter(), before(Verb::kPut), State(), pool);
  for (const bool is_new : {true, false}) {
    const State& state = is_new ? State() : life.states.back();
    const Platter disk =
        is_new ? Platter() : disk_at(life, {life.events.size(), {PowerLoss::Mode::kKept, 0}});
    for (const Kind kind :
         {Kind::kIo, Kind::kNoSpace, Kind::kShort, Kind::kInterrupt, Kind::kSync}) {
      for (std::size_t at = 0;; ++at) {
        ASSERT_LT(at, kCallsMax);
        Machine machine(disk, pool);
        machine.disk().arm({kind, at});
        const auto started = machine.start();
        const auto hit = machine.disk().disarm();
        machine.stop();
        if (!hit) {
          EXPECT_TRUE(started);
          break;
        }
        if (kind == Kind::kShort || kind == Kind::kInterrupt) EXPECT_TRUE(started);
        const auto wrong = recover(machine.disk().platter().after({PowerLoss::Mode::kLost, 0}),
                                   {&state}, false, pool);
        ASSERT_EQ(wrong, std::nullopt)
            << "kind " << static_cast<int>(kind) << " call " << at << ": " << *wrong;
      }
    }
  }
}

}  // namespace
}  // namespace muzn::sim
