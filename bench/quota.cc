// What it costs to know how much an account stores in all its buckets: as a sum over them, which is
// how a quota was asked before, and as it is kept now (object/account_totals.h).
//   quota DIRECTORY [buckets = 100000]     (a new directory, on the disk to be measured)
#include <fmt/format.h>

#include <cstdlib>
#include <ctime>
#include <string>

#include "base/system.h"
#include "base/task_group.h"
#include "blob/mem_store.h"
#include "meta/rocks_store.h"
#include "object/row_keys.h"
#include "object/row_values.h"
#include "object/store.h"

namespace muzn::object {
namespace {

constexpr const char* kOwner = "111111111111";
constexpr std::size_t kAtOnce = 2'000;  // commits, and buckets of a commit

std::string name_of(std::size_t n) {
  return fmt::format("bucket-{:07}", n);
}

Bucket bucket_of(std::size_t n, Time now) {
  Bucket out;
  out.name = name_of(n);
  out.id = fmt::format("{:016}", n);
  out.owner = kOwner;
  out.region = "us-east-1";
  out.created = now;
  out.shard = meta::kFirstBucketShard + n;
  return out;
}

Task<void> write_shard(meta::Store& rows, Bucket bucket) {
  meta::Commit commit;
  commit.shard = bucket.shard;
  row::Shard shard;
  shard.bucket_id = bucket.id;
  commit.put(row::shard(), row::encode(shard));
  commit.add(row::counters(1), row::encode_counters(1, 100));
  CHECK(co_await rows.commit(std::move(commit)));
}

// The rows that as many CreateBucket and PutObject calls leave, as far as usage asks for them.
Task<void> fill(meta::Store& rows, std::size_t buckets, Time now) {
  TaskGroup group;
  for (std::size_t done = 0; done < buckets; done += kAtOnce) {
    meta::Commit names;
    names.shard = meta::kNamesShard;
    for (std::size_t n = done; n < std::min(done + kAtOnce, buckets); ++n) {
      const Bucket bucket = bucket_of(n, now);
      names.put(row::bucket(bucket.name), row::encode(bucket));
      names.put(row::owned_bucket(kOwner, bucket.name), row::encode_number(bucket.shard));
      co_await group.start(write_shard(rows, bucket));
    }
    co_await group.until(0);
    CHECK(co_await rows.commit(std::move(names)));
  }
}

Task<Outcome<Usage>> sum_of_buckets(Store& objects) {
  Usage out;
  std::string after;
  for (;;) {
    CO_TRY(const BucketPage page, co_await objects.list_buckets(kOwner, "", after, 1000));
    for (const Bucket& bucket : page.buckets) {
      CO_TRY(const Usage one, co_await objects.usage(bucket.name));
      out += one;
    }
    if (!page.truncated) co_return out;
    after = page.buckets.back().name;
  }
}

class NoVerifier final : public BodyVerifier {
 public:
  std::vector<crypto::Algorithm> wanted() const override { return {}; }
  Outcome<std::optional<Checksum>> judge(const crypto::HasherSet&) override {
    return std::optional<Checksum>();
  }
};

void put(Store& objects, std::size_t bucket) {
  PutArgs args;
  args.bucket = name_of(bucket);
  args.key = "k";
  args.owner = kOwner;
  args.size_max = 1'000;
  StringSource body("abc");
  NoVerifier verifier;
  CHECK(run_sync(objects.put(std::move(args), body, verifier)));
}

// Milliseconds of this process's processors.
template <class F>
double cpu_ms(F&& what) {
  const std::clock_t start = std::clock();
  what();
  return static_cast<double>(std::clock() - start) * 1e3 / CLOCKS_PER_SEC;
}

void tell(const char* what, double ms) {
  fmt::print("| {} | {:.3f} ms |\n", what, ms);
}

int run(const std::string& directory, std::size_t buckets) {
  const SystemClock clock;
  SystemRng rng;
  Pool pool(2);
  blob::MemStore blobs;
  auto rows = meta::open_rocks_store({.directory = directory + "/rows"}, clock);
  if (!rows) {
    fmt::print(stderr, "{}\n", rows.error().what);
    return 1;
  }
  const auto objects = run_sync(open_store(**rows, blobs, pool, clock, rng, {})).value();
  run_sync(fill(**rows, buckets, clock.now()));
  Usage sum;
  tell("before: the sum, each time",
       cpu_ms([&] { sum = run_sync(sum_of_buckets(*objects)).value(); }));
  const auto ask = [&] { CHECK(run_sync(objects->account_usage(kOwner)).value() == sum); };
  tell("now: the first time after a start", cpu_ms(ask));
  tell("now: when nothing has changed", cpu_ms(ask));
  constexpr std::size_t kChanged = 100;
  for (std::size_t n = 0; n < kChanged; ++n) {
    put(*objects, n * buckets / kChanged);
    sum += {1, 3, 0};
  }
  tell("now: when 100 buckets have changed", cpu_ms(ask));
  return 0;
}

}  // namespace
}  // namespace muzn::object

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const auto buckets = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 100'000;
  return muzn::object::run(argv[1], std::max<std::size_t>(buckets, 100));
}
