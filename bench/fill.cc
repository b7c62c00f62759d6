// Fills a bucket with empty objects straight through the store of rows, so that listings can be
// measured at ten million keys: the rows are those that as many PutObject calls would leave.
//
// usage: fill DATA BUCKET KEYS PREFIXES   (no server may run on DATA; the bucket exists)
//
// Keys are pPPPPPP/NNNNNNNN, KEYS / PREFIXES under each prefix, written in a scattered order, as
// many clients would, so that the tables of the engine overlap and are compacted as in real life.
#include <fmt/core.h>

#include <charconv>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>

#include "base/system.h"
#include "base/task.h"
#include "meta/rocks_store.h"
#include "object/row_keys.h"
#include "object/row_values.h"

namespace muzn::object {
namespace {

constexpr std::uint64_t kRowsPerCommit = 20'000;
constexpr std::uint64_t kScatter = 7'368'787;  // prime: every index comes once
constexpr std::size_t kWriteBuffer = 128U << 20;
constexpr const char* kEmptyMd5 = "d41d8cd98f00b204e9800998ecf8427e";

struct Plan {
  Bucket bucket;
  std::uint64_t keys = 0;
  std::uint64_t prefixes = 0;
  std::uint64_t epoch = 0;
  Time start;
};

void stage(const Plan& plan, std::uint64_t number, meta::Commit& commit) {
  const std::uint64_t index = number * kScatter % plan.keys;
  const std::string key = fmt::format("p{:06}/{:08}", index % plan.prefixes, index / plan.prefixes);
  Version version;
  version.modified = plan.start;
  version.stamp = static_cast<std::uint64_t>(to_micros(plan.start)) + number;
  version.etag = kEmptyMd5;
  version.owner = plan.bucket.owner;
  commit.put(row::head(key), row::encode(version));
  commit.put(row::created(version.modified, key, version.stamp), "");
}

Task<Result<void>> fill(meta::Store& rows, std::string name, std::uint64_t keys,
                        std::uint64_t prefixes, Time now) {
  Plan plan{.bucket = {}, .keys = keys, .prefixes = prefixes, .epoch = 0, .start = now};
  CO_TRY(const auto bucket, co_await rows.get(meta::kNamesShard, row::bucket(name)));
  CO_TRY(const auto epoch, co_await rows.get(meta::kNodeShard, row::node_epoch()));
  if (!bucket || !epoch) co_return fail(Code::kNotFound, "there is no bucket " + name);
  CO_TRY(plan.bucket, row::decode_bucket(*bucket));
  CO_TRY(plan.epoch, row::decode_number(*epoch));
  for (std::uint64_t done = 0; done < keys;) {
    meta::Commit commit;
    commit.shard = plan.bucket.shard;
    const std::uint64_t end = std::min(keys, done + kRowsPerCommit);
    for (std::uint64_t number = done; number < end; ++number) stage(plan, number, commit);
    const auto added = static_cast<std::int64_t>(end - done);
    commit.add(row::counters(plan.epoch), row::encode_counters(added, 0));
    CO_TRY_VOID(co_await rows.commit(std::move(commit)));
    done = end;
  }
  co_return Result<void>{};
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t out = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), out);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return out;
}

int run(const std::string& data, const std::string& bucket, std::uint64_t keys,
        std::uint64_t prefixes) {
  const SystemClock clock;
  const auto rows = meta::open_rocks_store(
      {.directory = data + "/rows", .write_buffer_bytes = kWriteBuffer}, clock);
  if (!rows) {
    fmt::print(stderr, "fill: {}\n", rows.error().what);
    return 1;
  }
  const auto filled = run_sync(fill(**rows, bucket, keys, prefixes, clock.now()));
  if (!filled) {
    fmt::print(stderr, "fill: {}\n", filled.error().what);
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace muzn::object

int main(int argc, char** argv) {
  const auto keys = argc == 5 ? muzn::object::number(argv[3]) : std::nullopt;
  const auto prefixes = argc == 5 ? muzn::object::number(argv[4]) : std::nullopt;
  if (!keys || !prefixes || *keys == 0 || *prefixes == 0 || *keys % *prefixes != 0 ||
      std::gcd(*keys, muzn::object::kScatter) != 1) {
    fmt::print(stderr, "usage: fill DATA BUCKET KEYS PREFIXES (KEYS a multiple of PREFIXES)\n");
    return 2;
  }
  return muzn::object::run(argv[1], argv[2], *keys, *prefixes);
}
