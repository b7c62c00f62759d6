// Runs of the engine on the simulated disk; the power fails at every change of the disk.
//   MUZN_SEED     replays a random run
//   MUZN_STATES   how many different disks random runs recover from
//   MUZN_LENGTH   of the exhaustive sequences
#include <gtest/gtest.h>

#include <algorithm>

#include "fault/report.h"

namespace muzn::sim {
namespace {

constexpr int kLosses = 3;  // at each change, besides all lost and all kept

// Every other run has two volumes of blobs.
Platter new_disk(std::uint64_t seed) {
  return seed % 2 == 0 ? Platter() : with_second_directory();
}

TEST(SimulatedCrash, RandomRuns) {
  Pool pool(1);
  const std::uint64_t first = number_from("MUZN_SEED", fresh_seed());
  const std::uint64_t wanted = number_from("MUZN_STATES", 2500);
  std::cout << "MUZN_SEED=" << first << " MUZN_STATES=" << wanted << std::endl;
  Report report("random runs");
  for (std::uint64_t seed = first; report.count.distinct < wanted; ++seed) {
    const Life life = live(new_disk(seed), random_steps(seed, 40), State(), pool);
    ASSERT_EQ(life.failure, "") << "MUZN_SEED=" << seed;
    const auto wrong = crash_everywhere(life, kLosses, seed, pool, &report.count);
    ASSERT_FALSE(wrong) << "MUZN_SEED=" << seed << ": " << *wrong;
  }
}

// Two to four verbs in flight at a time, on few keys: commits that share a sync, torn in their
// middle; blobs half written while others commit; verbs that refuse each other.
TEST(SimulatedCrash, VerbsAtOnce) {
  Pool pool(1);
  const std::uint64_t first = number_from("MUZN_SEED", fresh_seed());
  const std::uint64_t wanted = number_from("MUZN_STATES", 2500) / 2;
  std::cout << "MUZN_SEED=" << first << std::endl;
  Report report("verbs at once");
  std::size_t largest_group = 0;
  for (std::uint64_t seed = first; report.count.distinct < wanted; ++seed) {
    std::mt19937_64 rng(seed);
    std::vector<Step> steps = random_steps(seed, 8);
    while (steps.size() < 16) {
      steps.push_back({Verb::kTogether, 0, 0, 0, static_cast<unsigned>(rng())});
    }
    const Life life = live(Platter(), steps, State(), pool);
    ASSERT_EQ(life.failure, "") << "MUZN_SEED=" << seed;
    largest_group = std::max(largest_group, life.largest_group);
    const auto wrong = crash_everywhere(life, kLosses, seed, pool, &report.count);
    ASSERT_FALSE(wrong) << "MUZN_SEED=" << seed << ": " << *wrong;
  }
  EXPECT_GE(largest_group, 2U) << "no commits shared a sync";
}

// What makes a seed worth printing.
TEST(SimulatedCrash, OneSeedIsOneHistory) {
  Pool pool(1);
  const std::uint64_t seed = number_from("MUZN_SEED", fresh_seed());
  std::cout << "MUZN_SEED=" << seed << std::endl;
  std::vector<Step> steps = random_steps(seed, 20);
  for (unsigned i = 0; i < 20; ++i) steps.push_back({Verb::kTogether, 0, 0, 0, i});
  const Life one = live(Platter(), steps, State(), pool);
  const Life two = live(Platter(), steps, State(), pool);
  ASSERT_EQ(one.failure, "");
  ASSERT_EQ(one.events.size(), two.events.size());
  for (std::size_t i = 0; i < one.events.size(); ++i) {
    const Event& a = one.events[i];
    const Event& b = two.events[i];
    ASSERT_EQ(a.kind, b.kind) << "event " << i;
    ASSERT_EQ(a.node, b.node) << "event " << i;
    ASSERT_EQ(a.offset, b.offset) << "event " << i;
    ASSERT_EQ(a.bytes.size(), b.bytes.size()) << "event " << i;
  }
  EXPECT_EQ(one.states, two.states);
}

// The power fails while the engine recovers from a power loss or from kill -9, or soon after: what
// the first recovery showed must be there after the second.
TEST(SimulatedCrash, CrashesOfRecoveries) {
  Pool pool(1);
  const std::uint64_t first = number_from("MUZN_SEED", fresh_seed());
  const std::uint64_t wanted = number_from("MUZN_STATES", 2500) / 5;
  std::cout << "MUZN_SEED=" << first << std::endl;
  Report report("crashes of recoveries");
  for (std::uint64_t seed = first; report.count.distinct < wanted; ++seed) {
    std::mt19937_64 rng(seed);
    const Life life = live(new_disk(seed), random_steps(seed, 30), State(), pool);
    ASSERT_EQ(life.failure, "") << "MUZN_SEED=" << seed;
    for (int i = 0; i < 4; ++i) {
      const Crash crash{rng() % (life.events.size() + 1),
                        {static_cast<PowerLoss::Mode>(rng() % PowerLoss::kModes), rng()}};
      const Platter disk = i % 2 == 0 ? disk_at(life, crash) : killed_at(life, crash.event);
      Life second = live(disk, random_steps(rng(), 4), std::nullopt, pool);
      if (i % 2 != 0) second.earlier = states_at(life, crash.event);
      ASSERT_EQ(second.failure, "") << "MUZN_SEED=" << seed << ": " << show(crash);
      const auto wrong = crash_everywhere(second, kLosses, seed, pool, &report.count);
      ASSERT_FALSE(wrong) << "MUZN_SEED=" << seed << ": " << show(crash) << ", then " << *wrong;
    }
  }
}

// All sequences of MUZN_LENGTH operations on two keys, at every crash point of each.
TEST(SimulatedCrash, AllShortSequences) {
  Pool pool(1);
  const std::uint64_t length = number_from("MUZN_LENGTH", 1);
  std::vector<Step> alphabet;
  for (unsigned key = 0; key < 2; ++key) {
    alphabet.push_back({Verb::kPut, 0, key, 100, 2 + key});
    alphabet.push_back({Verb::kPut, 0, key, 3000, 4 + key});
    alphabet.push_back({Verb::kPut, 0, key, 70'000, 7 + key});  // two blocks
    alphabet.push_back({Verb::kRemove, 0, key, 0, 0});
    alphabet.push_back({Verb::kCreateUpload, 0, key, 0, 0});
    alphabet.push_back({Verb::kRename, 0, key, 0, 2 * key});  // to the other
  }
  alphabet.push_back({Verb::kComplete, 0, 0, 0, 0});
  alphabet.push_back({Verb::kAbort, 0, 0, 0, 0});
  alphabet.push_back({Verb::kPutPart, 0, 0, 2000, 1});
  alphabet.push_back({Verb::kCreateBucket, 1, 0, 0, 0});
  alphabet.push_back({Verb::kDeleteBucket, 1, 0, 0, 0});
  alphabet.push_back({Verb::kSweep, 0, 0, 0, 0});
  // What stands before: an inline object and a blob, an upload with a part, an empty bucket.
  const std::vector<Step> before{
      {Verb::kCreateBucket, 0, 0, 0, 0}, {Verb::kCreateBucket, 1, 0, 0, 0},
      {Verb::kPut, 0, 0, 50, 10},        {Verb::kPut, 0, 1, 2000, 11},
      {Verb::kCreateUpload, 0, 0, 0, 0}, {Verb::kPutPart, 0, 0, 1000, 0},
  };
  Report report("short sequences");
  std::uint64_t sequences = 1;
  for (std::uint64_t i = 0; i < length; ++i) sequences *= alphabet.size();
  for (std::uint64_t number = 0; number < sequences; ++number) {
    std::vector<Step> steps = before;
    std::uint64_t rest = number;
    for (std::uint64_t i = 0; i < length; ++i, rest /= alphabet.size()) {
      steps.push_back(alphabet[rest % alphabet.size()]);
    }
    const Life life = live(Platter(), steps, State(), pool);
    ASSERT_EQ(life.failure, "") << "sequence " << number;
    const auto wrong =
        crash_everywhere(life, kLosses, number, pool, &report.count, 2 * before.size());
    ASSERT_FALSE(wrong) << "sequence " << number << ": " << *wrong;
  }
}

}  // namespace
}  // namespace muzn::sim
