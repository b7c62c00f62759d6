// Random operations on the object store and on the reference, over stores in memory and over the
// embedded engine, with crashes in between. MUZN_SEED replays a run; MUZN_OPS sets its length. A
// sequence that fails is printed shrunk.
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>

#include "model/driver.h"
#include "seed.h"

namespace muzn::model {
namespace {

// In sequences of `length`, so that buckets are often new and a failure shrinks fast.
void check(const MakeWorld& make_world, std::size_t count, std::size_t length) {
  const std::uint64_t first = number_from("MUZN_SEED", fresh_seed());
  count = number_from("MUZN_OPS", count);
  std::cout << "MUZN_SEED=" << first << " MUZN_OPS=" << count << std::endl;
  for (std::size_t done = 0; done < count; done += length) {
    const std::uint64_t seed = first + done / length;
    const auto ops = random_ops(seed, std::min(length, count - done));
    auto difference = run(ops, make_world);
    if (!difference) continue;
    const auto small = shrink(
        ops, [&](const std::vector<Op>& fewer) { return run(fewer, make_world).has_value(); });
    if (auto again = run(small, make_world)) difference = std::move(again);
    FAIL() << "MUZN_SEED=" << seed << " fails: " << *difference << "\n" << show(small);
  }
}

TEST(Model, StoresInMemory) {
  check([](Pool&, const Clock&) { return mem_world(); }, 20'000, 1000);
}

TEST(Model, EmbeddedEngine) {
  check([](Pool& pool, const Clock& clock) { return disk_world(pool, clock); }, 2000, 500);
}

// The shrinker itself, on a failure that needs three operations of a hundred.
TEST(Model, ShrinkingFindsTheCore) {
  const auto ops = random_ops(1, 100);
  const auto has = [](const std::vector<Op>& in, const Op& op) {
    return std::ranges::any_of(in, [&](const Op& one) { return one.a == op.a && one.b == op.b; });
  };
  const auto small = shrink(ops, [&](const std::vector<Op>& fewer) {
    return has(fewer, ops[7]) && has(fewer, ops[50]) && has(fewer, ops[99]);
  });
  EXPECT_EQ(small.size(), 3U);
}

}  // namespace
}  // namespace muzn::model
