// `muzn bench`: makes load on a server and measures what it bears.
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <optional>
#include <thread>

#include "base/system.h"
#include "cli/bench_plan.h"
#include "cli/call.h"
#include "cli/commands.h"
#include "codec/json.h"
#include "codec/uri.h"
#include "codec/xml.h"
#include "server/descriptors.h"

namespace muzn::cli {
namespace {

constexpr const char* kUsage =
    R"(muzn bench: make load on a server and measure what it bears

  muzn bench get|head|put|list|delete|mixed

  The endpoint is --endpoint URL (or MUZN_ENDPOINT), keys come from AWS_ACCESS_KEY_ID and
  AWS_SECRET_ACCESS_KEY or --profile NAME. The bucket is made if it is missing, and what is to be
  read or deleted is put first.

  --connections N     16; each has one request under way at a time
  --threads N         threads of the client; one for each two processors
  --seconds S         10; or --requests N: until so many were made
  --warmup S          1; these seconds are not counted (0 with --requests and of delete)
  --rate R            offer R requests a second whether or not answers come. Latencies count from
                      the planned begin, so that a queue shows (no "coordinated omission")
  --size SIZE         4KiB; also a range (4KiB-1MiB) and several (4KiB,64KiB,1MiB)
  --keys N            1000, or as many as hold 1 GiB
  --choice HOW        in-turn, uniform or zipf; put and delete take them in turn, the others uniform
  --mix WEIGHTS       of mixed: get=60,head=10,put=20,list=5,delete=5
  --page N            1000; entries of a page of a list
  --bucket NAME       muzn-bench
  --prefix TEXT       bench/
  --seed N            1; keys and bodies follow from it
  --presigned         sign in the URL; else in headers
  --signed-payload    sign the SHA-256 of bodies, too
  --expect            send bodies only after "100 Continue"
  --verify            compare every byte that is read with what was put
  --prepared          bucket and keys are there, from an earlier run with the same options
  --cleanup           delete what this and earlier runs put under the prefix
  --insecure          do not verify the server's certificate
  --json, --csv       one JSON object; or a line for each second and one for all
  --progress          tell on standard error how far it is, also when that is no terminal

  Exit status: 0 it was measured (also when there were errors: see the report), 1 it could not be,
  or nothing succeeded, or --verify found wrong bytes, 2 wrong usage.
)";

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::uint64_t kChoreConnections = 32;
constexpr int kAgainMax = 300;
constexpr auto kAgainAfter = std::chrono::milliseconds(100);
constexpr int kQuietLooks = 3;  // that find nothing, one after another, and it is clean

std::atomic<bool> interrupted = false;  // by Ctrl-C; a signal handler reaches nothing else
static_assert(std::atomic<bool>::is_always_lock_free);

struct Bench {
  const BenchOptions& options;
  const Connection& where;
  const net::LoadOptions load;
  const std::string host;
  const BenchBodies bodies;
  const SystemClock clock;
};

// What an S3 error document says, in a line.
std::string spoken(const net::ClientResponse& response) {
  const auto parsed = codec::parse_xml(response.body);
  if (!parsed) return fmt::format("HTTP status {}", response.status);
  return fmt::format("{}: {}", parsed->child_text("Code"), parsed->child_text("Message"));
}

// One signed request without a body, again while the server is busy: it may be under another load.
Result<net::ClientResponse> ask(const Bench& bench, std::string_view method, std::string_view path,
                                std::string_view query = "") {
  for (int again = kAgainMax;; --again) {
    TRY(auto response, call(bench.where, "s3", method, path, query, "", bench.clock.now()));
    if (response.status != 503 || again == 0 || interrupted) return response;
    std::this_thread::sleep_for(kAgainAfter);  // sooner than Retry-After says: these are few
  }
}

// True: it is new.
Result<bool> make_bucket(const Bench& bench) {
  TRY(const auto there, ask(bench, "HEAD", "/" + bench.options.bucket));
  if (there.status == 200) return false;
  TRY(const auto made, ask(bench, "PUT", "/" + bench.options.bucket));
  if (made.status == 200) return true;
  return fail(Code::kDenied, "bucket " + bench.options.bucket + ": " + spoken(made) +
                                 "; choose another with --bucket");
}

Result<void> do_chores(const Bench& bench, BenchChores& chores, std::string_view what) {
  net::LoadOptions load = bench.load;
  load.connections = std::min<std::uint64_t>(load.connections, kChoreConnections);
  TRY_VOID(net::drive_load(load, chores, bench.clock, interrupted));
  if (interrupted) return fail(Code::kClosed, "interrupted");
  if (chores.trouble().empty()) return {};
  return fail(Code::kUnavailable, fmt::format("cannot {}: {}", what, chores.trouble()));
}

// Puts what is to be read, listed or deleted.
Result<void> prepare(const Bench& bench) {
  const BenchOptions& options = bench.options;
  if (options.prepared || options.verb == "put") return {};
  BenchHeads heads(options, bench.where, bench.host, bench.bodies);
  BenchChores chores(options.keys, [&](std::uint64_t key) {
    net::LoadRequest request;
    request.head = heads.get(BenchOp::kPut, key, bench.clock.now());
    request.pattern = bench.bodies.pattern();
    request.pattern_at = bench.bodies.begin_of(key);
    request.body_size = bench.bodies.size_of(key);
    request.expect = options.expect;
    return request;
  });
  return do_chores(bench, chores, "put the keys");
}

// Of `prefix` and digits: what a run of this tool put.
bool is_ours(const BenchOptions& options, std::string_view key) {
  if (!key.starts_with(options.prefix) || key.size() < options.prefix.size() + 9) return false;
  return std::ranges::all_of(key.substr(options.prefix.size()),
                             [](char c) { return c >= '0' && c <= '9'; });
}

Result<std::vector<std::string>> find_ours(const Bench& bench) {
  std::vector<std::string> out;
  std::string token;
  do {
    std::string query = "list-type=2&prefix=" + codec::uri_encode(bench.options.prefix, true);
    if (!token.empty())
      query = "continuation-token=" + codec::uri_encode(token, true) + "&" + query;
    TRY(const auto answer, ask(bench, "GET", "/" + bench.options.bucket, query));
    if (answer.status != 200) return fail(Code::kDenied, "cannot list: " + spoken(answer));
    TRY(const auto page, codec::parse_xml(answer.body));
    for (const auto& child : page.children) {
      const auto key = child.child_text("Key");
      if (child.name == "Contents" && is_ours(bench.options, key)) out.emplace_back(key);
    }
    token = page.child_text("NextContinuationToken");
  } while (!token.empty());
  return out;
}

// How many there were.
Result<std::size_t> delete_keys(const Bench& bench) {
  TRY(const auto keys, find_ours(bench));
  BenchChores chores(keys.size(), [&](std::uint64_t i) {
    const BenchTarget target{
        .method = "DELETE",
        .path = "/" + bench.options.bucket + "/" + codec::uri_encode(keys[i], false)};
    net::LoadRequest request;
    request.head = std::make_shared<const std::string>(
        signed_head(target, bench.where, bench.host, bench.options.presigned, bench.clock.now()));
    return request;
  });
  TRY_VOID(do_chores(bench, chores, "delete the keys"));
  return keys.size();
}

// A PUT whose answer nobody waited for may still become an object: so it looks until none came.
Result<void> clean_up(const Bench& bench, bool bucket_is_new) {
  for (int quiet = 0, turn = 0; quiet < kQuietLooks && turn < kAgainMax; ++turn) {
    if (turn > 0) std::this_thread::sleep_for(kAgainAfter);  // in which a late one comes
    TRY(const std::size_t count, delete_keys(bench));
    quiet = count == 0 ? quiet + 1 : 0;
  }
  if (!bucket_is_new) return {};
  TRY(const auto gone, ask(bench, "DELETE", "/" + bench.options.bucket));
  return gone.status == 204 ? Result<void>{}
                            : fail(Code::kDenied, "cannot delete the bucket: " + spoken(gone));
}

// Prints what each second brought, while it runs.
void tell_seconds(BenchRun& run, std::int64_t before, bool progress) {
  for (const auto& [second, tally] : run.collector.take_before(before)) {
    if (run.options.csv) fmt::print("{}", csv_lines(std::to_string(second), tally, true));
    if (progress) {
      fmt::print(stderr, "\r{}\x1b[K", progress_line(static_cast<double>(second), tally));
    }
  }
  std::fflush(stdout);
}

Result<BenchReport> measure(const Bench& bench) {
  const BenchOptions& options = bench.options;
  const std::uint64_t threads = std::clamp<std::uint64_t>(
      options.threads != 0 ? options.threads : std::thread::hardware_concurrency() / 2, 1,
      options.connections);
  const std::int64_t begin = bench.clock.monotonic_micros();
  const auto micros = [](double seconds) { return static_cast<std::int64_t>(seconds * 1e6); };
  const std::int64_t from = begin + micros(options.warmup);
  const std::int64_t end = options.requests > 0 ? net::kNoMore : from + micros(options.seconds);
  BenchRun run{.options = options,
               .where = bench.where,
               .host = bench.host,
               .bodies = bench.bodies,
               .clock = bench.clock,
               .threads = threads,
               .begin = begin,
               .measure_from = from,
               .end = end,
               .choice = KeyChoice(options.keys, options.order == KeyOrder::kZipf)};
  if (options.csv) fmt::print("{}", csv_header());

  std::vector<Result<void>> results(threads);
  std::atomic<std::uint64_t> running = threads;
  std::vector<std::thread> workers;
  workers.reserve(threads);
  for (std::uint64_t i = 0; i < threads; ++i) {
    workers.emplace_back([&, i] {
      net::LoadOptions load = bench.load;
      load.connections =
          options.connections / threads + (i < options.connections % threads ? 1 : 0);
      BenchWorker worker(run, i);
      results[i] = net::drive_load(load, worker, bench.clock, interrupted);
      worker.finish();
      --running;
    });
  }
  const bool progress = options.progress || (!options.json && ::isatty(STDERR_FILENO) == 1);
  while (running > 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));  // between looks, for the progress
    // A second is over when every thread has told of it, which each does within a poll.
    const std::int64_t now = bench.clock.monotonic_micros();
    tell_seconds(run, (now - from - kSecond / 2) / kSecond, progress);
  }
  for (auto& worker : workers) worker.join();
  tell_seconds(run, INT64_MAX, progress);
  if (progress) fmt::print(stderr, "\r\x1b[K");
  for (const auto& result : results) TRY_VOID(result);

  BenchReport report{
      .tally = run.collector.total(), .threads = threads, .endpoint = bench.where.endpoint};
  // Before its time when all was done: the requests, or the keys of a delete.
  const bool early = bench.clock.monotonic_micros() < end;
  const std::int64_t stopped = early ? run.last_done.load() : end;
  report.seconds = static_cast<double>(std::max<std::int64_t>(stopped - from, 1)) / 1e6;
  if (options.rate > 0 && !early) {
    const auto planned =
        static_cast<std::uint64_t>(options.rate * (options.warmup + options.seconds));
    report.unsent = planned - std::min(planned, run.planned.load());
  }
  return report;
}

int print_report(const BenchOptions& options, const BenchReport& report) {
  if (options.json) {
    fmt::print("{}\n", codec::dump_json(json_report(options, report)));
  } else if (options.csv) {
    fmt::print("{}", csv_lines("total", report.tally, true));
  } else {
    fmt::print("{}", text_report(options, report));
  }
  const BenchCounts all = report.tally.all();
  if (all.ok == 0) return complain("nothing succeeded: see the errors", 1);
  const auto wrong = std::ranges::find_if(
      all.errors, [](const auto& entry) { return entry.first.second == kWrongBytes; });
  return wrong == all.errors.end() ? 0 : complain("bytes were read that nobody put", 1);
}

Result<int> run(const BenchOptions& options, const Connection& where) {
  TRY(net::Url url, net::parse_url(where.endpoint));
  if (server::share_descriptors(options.connections, 0) < options.connections) {
    return fail(Code::kLimit, "too few file descriptors for --connections: raise `ulimit -n`");
  }
  const std::string host = url.authority;
  const Bench bench{.options = options,
                    .where = where,
                    .load = {.url = std::move(url),
                             .ca_file = where.ca_file,
                             .insecure = options.insecure,
                             .connections = options.connections},
                    .host = host,
                    .bodies = BenchBodies(options.sizes, options.seed),
                    .clock = {}};
  bool bucket_is_new = false;
  if (!options.prepared) {
    TRY(bucket_is_new, make_bucket(bench));
  }
  TRY_VOID(prepare(bench));
  TRY(const BenchReport report, measure(bench));
  const int status = print_report(options, report);
  interrupted = false;  // a second Ctrl-C ends the cleanup, too
  if (options.cleanup) TRY_VOID(clean_up(bench, bucket_is_new));
  return status;
}

}  // namespace

int run_bench(const Words& words) {
  const auto args = parse_args(words, kBenchSwitches);
  if (!args) return complain(args.error().what, 2);
  if (args->has("help")) {
    fmt::print("{}", kUsage);
    return 0;
  }
  const auto options = parse_bench(*args);
  if (!options) return complain(options.error().what + " (muzn bench --help)", 2);
  auto where = connection(*args);
  if (!where) return complain(where.error().what, 2);
  where->insecure = options->insecure;
  std::signal(SIGINT, [](int) { interrupted = true; });
  const auto done = run(*options, *where);
  return done ? *done : complain(done.error().what, 1);
}

}  // namespace muzn::cli
