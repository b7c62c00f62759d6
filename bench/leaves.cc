// The rate of the log: entries sequenced, integrated and durable.
//
//   leaves DIR WRITERS BATCH BYTES SECONDS
//
// WRITERS coroutines on one thread append BATCH entries of BYTES bytes each, again and again; those
// who wait share a commit. The rows are the embedded engine's, in DIR/rows. A checkpoint is signed
// and published each second. Prints one line of JSON: leaves, leaves a second, commits, the median
// and the 99th percentile of an append in us, processor time in us a leaf; of the last the
// instructions, too, where the kernel counts them (see perf_event_open(2)).
#include <fmt/core.h>
#include <linux/perf_event.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <vector>

#include "base/system.h"
#include "base/task_group.h"
#include "meta/rocks_store.h"
#include "tlog/log.h"

namespace muzn::tlog {
namespace {

constexpr std::int64_t kSecond = 1'000'000;

struct Plan {
  std::string directory;
  std::uint64_t writers = 1;
  std::uint64_t batch = 1;
  std::uint64_t bytes = 1;
  std::uint64_t seconds = 1;
};

struct Run {
  Log& log;
  const Clock& clock;
  const Plan plan;
  std::int64_t until;
  std::uint64_t leaves = 0;
  std::vector<std::int64_t> micros;  // of each append
  bool is_failed = false;
};

Task<void> append_on(Run* run, std::uint64_t writer) {
  while (!run->is_failed && run->clock.monotonic_micros() < run->until) {
    std::vector<std::string> batch;
    batch.reserve(run->plan.batch);
    for (std::uint64_t i = 0; i < run->plan.batch; ++i) {
      std::string entry = fmt::format("{} {} ", writer, run->leaves + i);
      entry.resize(run->plan.bytes, '.');
      batch.push_back(std::move(entry));
    }
    const std::int64_t begin = run->clock.monotonic_micros();
    const auto index = co_await run->log.append_all(std::move(batch));
    run->is_failed = run->is_failed || !index;
    run->micros.push_back(run->clock.monotonic_micros() - begin);
    run->leaves += run->plan.batch;
  }
}

Task<void> publish_each_second(Run* run) {
  std::int64_t next = run->clock.monotonic_micros() + kSecond;
  while (!run->is_failed && run->clock.monotonic_micros() < run->until) {
    // There is no timer here: an append of its own passes the time.
    if (!co_await run->log.append("time passes")) run->is_failed = true;
    if (run->clock.monotonic_micros() < next) continue;
    next += kSecond;
    auto note = co_await run->log.sign();
    if (!note || !co_await run->log.publish(*note)) run->is_failed = true;
  }
}

Task<void> run_all(Run* run) {
  TaskGroup group;
  co_await group.start(publish_each_second(run));
  for (std::uint64_t i = 0; i < run->plan.writers; ++i) {
    co_await group.start(append_on(run, i));
  }
  co_await group.until(0);
}

// Counts instructions of all threads made after it; -1 = the kernel does not.
int count_instructions() {
  perf_event_attr attributes{};
  attributes.type = PERF_TYPE_HARDWARE;
  attributes.size = sizeof(attributes);
  attributes.config = PERF_COUNT_HW_INSTRUCTIONS;
  attributes.inherit = 1;
  attributes.exclude_kernel = 1;
  return static_cast<int>(::syscall(SYS_perf_event_open, &attributes, 0, -1, -1, 0));
}

std::uint64_t read_count(int counter) {
  std::uint64_t out = 0;
  return counter >= 0 && ::read(counter, &out, sizeof(out)) == sizeof(out) ? out : 0;
}

std::int64_t processor_micros() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto micros = [](const timeval& time) { return time.tv_sec * kSecond + time.tv_usec; };
  return micros(usage.ru_utime) + micros(usage.ru_stime);
}

Result<void> measure(const Plan& plan) {
  const SystemClock clock;
  const int counter = count_instructions();
  meta::RocksOptions options;
  options.directory = plan.directory + "/rows";
  TRY(const auto rows, meta::open_rocks_store(options, clock));
  TRY(merkle::Signer signer,
      merkle::Signer::make("log.example/bench", merkle::KeyType::kEd25519, std::string(32, 'b')));
  TRY(const auto log, run_sync(open_log(*rows, std::move(signer), {})));
  const std::int64_t begin = clock.monotonic_micros();
  const std::int64_t processor = processor_micros();
  const std::uint64_t instructions = read_count(counter);
  Run run{.log = *log,
          .clock = clock,
          .plan = plan,
          .until = begin + static_cast<std::int64_t>(plan.seconds) * kSecond,
          .micros = {}};
  run_sync(run_all(&run));
  if (run.is_failed) return fail(Code::kUnavailable, "an append failed");
  const auto seconds = static_cast<double>(clock.monotonic_micros() - begin) / kSecond;
  const auto leaves = static_cast<double>(run.leaves);
  std::ranges::sort(run.micros);
  fmt::print(
      R"({{"leaves":{},"leaves_per_second":{:.0f},"commits":{},"append_us_p50":{},"append_us_p99":{},)"
      R"("processor_us_per_leaf":{:.3f},"instructions_per_leaf":{:.0f}}})"
      "\n",
      run.leaves, leaves / seconds, log->figures().groups, run.micros[run.micros.size() / 2],
      run.micros[run.micros.size() * 99 / 100],
      static_cast<double>(processor_micros() - processor) / leaves,
      static_cast<double>(read_count(counter) - instructions) / leaves);
  return {};
}

bool to_number(const char* text, std::uint64_t* out) {
  const std::string_view digits(text);
  const char* const end = digits.data() + digits.size();
  return std::from_chars(digits.data(), end, *out).ptr == end && *out > 0;
}

}  // namespace
}  // namespace muzn::tlog

int main(int argc, char** argv) {
  muzn::tlog::Plan plan;
  using muzn::tlog::to_number;
  if (argc != 6 || !to_number(argv[2], &plan.writers) || !to_number(argv[3], &plan.batch) ||
      !to_number(argv[4], &plan.bytes) || !to_number(argv[5], &plan.seconds)) {
    fmt::print(stderr, "usage: leaves DIR WRITERS BATCH BYTES SECONDS\n");
    return 2;
  }
  plan.directory = argv[1];
  const auto done = muzn::tlog::measure(plan);
  if (!done) fmt::print(stderr, "leaves: {}\n", done.error().what);
  return done ? 0 : 1;
}
