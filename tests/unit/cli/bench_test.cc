#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "cli/bench_options.h"
#include "cli/bench_plan.h"
#include "cli/bench_tally.h"
#include "cli/bench_work.h"
#include "codec/base64.h"
#include "crypto/digest.h"

namespace muzn::cli {
namespace {

Result<BenchOptions> parse(const std::vector<std::string>& words) {
  TRY(const auto args, parse_args(words, kBenchSwitches));
  return parse_bench(args);
}
BenchOptions options_of(const std::vector<std::string>& words) {
  auto out = parse(words);
  EXPECT_TRUE(out) << (out ? "" : out.error().what);
  return out.value_or(BenchOptions{});
}

TEST(BenchOptions, HaveDefaultsThatFitTheVerb) {
  const auto get = options_of({"get"});
  EXPECT_TRUE(get.has(BenchOp::kGet));
  EXPECT_FALSE(get.has(BenchOp::kPut));
  EXPECT_EQ(get.keys, 1000U);
  EXPECT_EQ(get.order, KeyOrder::kUniform);
  EXPECT_EQ(get.warmup, 1);
  EXPECT_EQ(options_of({"put"}).order, KeyOrder::kInTurn);
  EXPECT_EQ(options_of({"delete"}).warmup, 0);
  EXPECT_EQ(options_of({"get", "--requests", "5"}).warmup, 0);
  EXPECT_EQ(options_of({"get", "--size", "64MiB"}).keys, 16U);
  EXPECT_EQ(options_of({"get", "--size", "5GiB"}).keys, 1U);
  EXPECT_TRUE(options_of({"mixed"}).has(BenchOp::kDelete));
  const auto mixed = options_of({"mixed", "--mix", "get=1,list=0,put=3"});
  EXPECT_EQ(mixed.mix,
            (std::vector<std::pair<BenchOp, unsigned>>{{BenchOp::kGet, 1}, {BenchOp::kPut, 3}}));
}

TEST(BenchOptions, RefuseWhatMakesNoSense) {
  const std::vector<std::vector<std::string>> wrong = {
      {},
      {"got"},
      {"get", "put"},
      {"get", "--mix", "get=1"},
      {"mixed", "--mix", "get"},
      {"mixed", "--mix", "get=0"},
      {"mixed", "--mix", ""},
      {"mixed", "--mix", "get=1,steal=2"},
      {"get", "--connections", "0"},
      {"get", "--connections", "-1"},
      {"get", "--seconds", "nan"},
      {"get", "--seconds", "5", "--requests", "5"},
      {"get", "--rate", "0"},
      {"get", "--size", "4XiB"},
      {"get", "--size", "6GiB"},
      {"get", "--size", "8KiB-4KiB"},
      {"get", "--size", ""},
      {"get", "--choice", "best"},
      {"get", "--json", "--csv"},
      {"get", "--presigned", "--signed-payload"},
      {"get", "--conections", "5"},
  };
  for (const auto& words : wrong) {
    const auto parsed = parse(words);
    std::string text;
    for (const auto& word : words) text += word + " ";
    EXPECT_FALSE(parsed) << text;
    if (!parsed) EXPECT_EQ(parsed.error().code, Code::kInvalid) << text;
  }
}

TEST(BenchSizes, AreReadAndPicked) {
  const auto sizes = parse_sizes("4KiB,10-12,1MB");
  ASSERT_TRUE(sizes);
  EXPECT_EQ(sizes->text(), "4 KiB, 10 B to 12 B, 1000000 B");
  EXPECT_EQ(sizes->largest(), 1'000'000U);
  EXPECT_EQ(sizes->mean(), (4096U + 11 + 1'000'000) / 3);
  std::map<std::uint64_t, int> seen;
  BenchRandom random(7);
  for (int i = 0; i < 3000; ++i) ++seen[sizes->pick(random.next())];
  ASSERT_EQ(seen.size(), 5U);
  EXPECT_GT(seen[4096], 800);
  EXPECT_GT(seen[10], 200);
  EXPECT_GT(seen[12], 200);
  EXPECT_GT(seen[1'000'000], 800);
}

TEST(KeyChoice, UniformTakesAllAlike) {
  const KeyChoice choice(10, false);
  EXPECT_EQ(choice.pick(0), 0U);
  EXPECT_EQ(choice.pick(0.55), 5U);
  EXPECT_EQ(choice.pick(0.9999999), 9U);
}

TEST(KeyChoice, ZipfFollowsItsLaw) {
  constexpr std::uint64_t kKeys = 1000;
  const KeyChoice choice(kKeys, true);
  double zeta = 0;
  for (std::uint64_t i = 1; i <= kKeys; ++i) zeta += std::pow(static_cast<double>(i), -0.99);
  std::vector<int> seen(kKeys);
  BenchRandom random(1);
  constexpr int kPicks = 200'000;
  for (int i = 0; i < kPicks; ++i) ++seen.at(choice.pick(random.unit()));
  for (const std::uint64_t rank : {1UL, 2UL, 10UL, 100UL}) {
    const double wanted = kPicks * std::pow(static_cast<double>(rank), -0.99) / zeta;
    const double got = seen[rank - 1];
    EXPECT_NEAR(got / wanted, 1, 0.25) << rank;
  }
  EXPECT_LT(choice.pick(0.9999999999), kKeys);
  EXPECT_LT(KeyChoice(1, true).pick(0.9), 1U);
  EXPECT_LT(KeyChoice(2, true).pick(0.9), 2U);
}

std::string body_of(const BenchBodies& bodies, std::uint64_t key) {
  std::string out;
  while (out.size() < bodies.size_of(key)) {
    out += bodies.pattern()[(bodies.begin_of(key) + out.size()) % bodies.pattern().size()];
  }
  return out;
}

TEST(BenchBodies, AreKnownByteForByte) {
  const BenchBodies bodies(*parse_sizes("3MiB"), 9);
  const std::string body = body_of(bodies, 4);
  EXPECT_TRUE(bodies.matches(4, 0, body));
  EXPECT_TRUE(bodies.matches(4, 1'500'000, std::string_view(body).substr(1'500'000)));
  EXPECT_FALSE(bodies.matches(4, 1, body.substr(0, 100)));
  EXPECT_FALSE(bodies.matches(5, 0, body.substr(0, 100)));
  EXPECT_FALSE(bodies.matches(4, body.size(), "x"));
  for (const std::size_t at : {std::size_t{0}, std::size_t{1'048'600}, body.size() - 1}) {
    std::string spoiled = body;
    spoiled[at] ^= 1;
    EXPECT_FALSE(bodies.matches(4, 0, spoiled)) << at;
  }
  EXPECT_EQ(bodies.sha256_of(4), codec::hex_encode(crypto::sha256(body)));
  EXPECT_FALSE(BenchBodies(*parse_sizes("3MiB"), 10).matches(4, 0, body));
}

TEST(BenchHeads, AreKeptAndMadeAnewBeforeTheyAreTooOld) {
  const auto options = options_of({"put", "--size", "5"});
  const Connection where{"http://h:1", "us-east-1", {"AK", "SK", ""}, "", false};
  const BenchBodies bodies(options.sizes, 1);
  BenchHeads heads(options, where, "h:1", bodies);
  const auto first = heads.get(BenchOp::kPut, 3, from_seconds(1'700'000'000));
  EXPECT_TRUE(first->starts_with("PUT /muzn-bench/bench/000000003 HTTP/1.1\r\nHost: h:1\r\n"));
  EXPECT_NE(first->find("Content-Length: 5\r\n"), std::string::npos);
  EXPECT_TRUE(first->ends_with("\r\n\r\n"));
  EXPECT_EQ(heads.get(BenchOp::kPut, 3, from_seconds(1'700'000'060)), first);
  EXPECT_NE(heads.get(BenchOp::kGet, 3, from_seconds(1'700'000'060)), first);
  EXPECT_NE(*heads.get(BenchOp::kPut, 3, from_seconds(1'700'000'600)), *first);
}

net::LoadAnswer answer_of(int status, std::string_view text = "", std::int64_t done = 0) {
  net::LoadAnswer out;
  out.status = status;
  out.text = text;
  out.done_micros = done;
  return out;
}

TEST(BenchChores, DoAllOnceAndWhatWasRefusedAgain) {
  BenchChores chores(3, [](std::uint64_t) { return net::LoadRequest{}; });
  std::vector<net::LoadRequest> taken;
  while (chores.due(5) <= 5) taken.push_back(chores.take(5));
  ASSERT_EQ(taken.size(), 3U);
  chores.done(taken[0], answer_of(200));
  chores.done(taken[1], answer_of(503, "", 10));
  chores.done(taken[2], answer_of(204));
  const std::int64_t again = chores.due(20);
  ASSERT_LT(again, net::kNoMore);
  EXPECT_GT(again, 20);
  EXPECT_EQ(chores.take(again).tag, 1U);
  chores.done(taken[1], answer_of(200));
  EXPECT_EQ(chores.due(again), net::kNoMore);
  EXPECT_EQ(chores.succeeded(), 3U);
  EXPECT_EQ(chores.trouble(), "");

  BenchChores denied(3, [](std::uint64_t) { return net::LoadRequest{}; });
  denied.done(denied.take(0), answer_of(403, "<Error><Code>AccessDenied</Code></Error>"));
  EXPECT_EQ(denied.due(0), net::kNoMore);
  EXPECT_EQ(denied.trouble(), "HTTP status 403 AccessDenied");
}

class FixedClock final : public Clock {
 public:
  Time now() const override { return from_seconds(1'700'000'000); }
  std::int64_t monotonic_micros() const override { return 0; }
};

// A run from 0 on, measured from 1 s to 11 s.
struct World {
  explicit World(const std::vector<std::string>& words, std::uint64_t threads = 1)
      : options(options_of(words)),
        bodies(options.sizes, options.seed),
        run{.options = options,
            .where = where,
            .host = "h:1",
            .bodies = bodies,
            .clock = clock,
            .threads = threads,
            .begin = 0,
            .measure_from = 1'000'000,
            .end = options.requests > 0 ? net::kNoMore : 11'000'000,
            .choice = KeyChoice(options.keys, options.order == KeyOrder::kZipf)} {}
  BenchOptions options;
  Connection where{"http://h:1", "us-east-1", {"AK", "SK", ""}, "", false};
  BenchBodies bodies;
  FixedClock clock;
  BenchRun run;
};

TEST(BenchWorker, PlansRequestsAtEvenDistancesSoThatAQueueShows) {
  World world({"get", "--rate", "1000"}, 2);
  BenchWorker worker(world.run, 1);
  EXPECT_EQ(worker.due(0), 1000);
  EXPECT_EQ(worker.take(1500).planned_micros, 1000);
  EXPECT_EQ(worker.due(1500), 3000);
  // The client is late: what it sends now was due long ago, and its latency counts from then.
  const auto late = worker.take(2'000'000);
  EXPECT_EQ(late.planned_micros, 3000);
  worker.done(late, answer_of(200, "", 2'003'000));
  worker.finish();
  EXPECT_EQ(world.run.collector.total().of(BenchOp::kGet).latency.max(), 2'000'000);
  EXPECT_EQ(worker.due(11'000'000), net::kNoMore);
}

TEST(BenchWorker, CountsOnlyWhatEndedWhileItWasMeasured) {
  World world({"get"});
  BenchWorker worker(world.run, 0);
  for (const std::int64_t done : {500'000, 1'500'000, 2'500'000, 2'600'000, 11'500'000}) {
    worker.done(worker.take(0), answer_of(200, "", done));
  }
  worker.finish();
  EXPECT_EQ(world.run.collector.total().of(BenchOp::kGet).ok, 3U);
  const auto seconds = world.run.collector.take_before(INT64_MAX);
  ASSERT_EQ(seconds.size(), 2U);
  EXPECT_EQ(seconds.at(0).of(BenchOp::kGet).ok, 1U);
  EXPECT_EQ(seconds.at(1).of(BenchOp::kGet).ok, 2U);
}

TEST(BenchWorker, MakesSoManyRequestsAndNoMore) {
  World world({"put", "--requests", "5"}, 2);
  BenchWorker a(world.run, 0);
  BenchWorker b(world.run, 1);
  int taken = 0;
  for (bool more = true; more;) {
    more = false;
    for (BenchWorker* worker : {&a, &b}) {
      if (worker->due(0) == net::kNoMore) continue;
      const auto request = worker->take(0);
      EXPECT_EQ(request.tag, static_cast<std::uint64_t>(taken));  // in turn, over both
      EXPECT_EQ(request.body_size, 4096U);
      ++taken;
      more = true;
    }
  }
  EXPECT_EQ(taken, 5);
}

TEST(BenchWorker, DeletesEachKeyOnce) {
  World world({"delete", "--keys", "4"});
  BenchWorker worker(world.run, 0);
  for (std::uint64_t key = 0; key < 4; ++key) {
    ASSERT_EQ(worker.due(0), 0);
    EXPECT_EQ(worker.take(0).tag, key);
  }
  EXPECT_EQ(worker.due(0), net::kNoMore);
}

TEST(BenchWorker, AMixDeletesOnlyWhatItPut) {
  World world({"mixed", "--mix", "get=1,put=1,delete=1", "--keys", "10"});
  BenchWorker worker(world.run, 0);
  std::map<std::uint64_t, bool> there;
  int deletes = 0;
  for (int i = 0; i < 500; ++i) {
    const auto request = worker.take(0);
    switch (static_cast<BenchOp>(request.kind)) {
      case BenchOp::kGet:
        EXPECT_LT(request.tag, 10U);
        break;
      case BenchOp::kPut:
        EXPECT_GE(request.tag, 10U);
        there[request.tag] = true;
        break;
      default:
        ++deletes;
        EXPECT_TRUE(there[request.tag]) << request.tag;
        there[request.tag] = false;
    }
    worker.done(request, answer_of(200, "", 2'000'000));
  }
  EXPECT_GT(deletes, 50);
}

TEST(BenchWorker, VerifiesEveryByte) {
  World world({"get", "--verify", "--size", "100"});
  BenchWorker worker(world.run, 0);
  const auto read = [&](std::size_t flip, std::size_t size) {
    const auto request = worker.take(0);
    EXPECT_TRUE(request.look);
    std::string body = body_of(world.bodies, request.tag).substr(0, size);
    if (flip < body.size()) body[flip] ^= 4;
    worker.look(request, 0, body.substr(0, 50));
    if (body.size() > 50) worker.look(request, 50, std::string_view(body).substr(50));
    net::LoadAnswer answer = answer_of(200, "", 2'000'000);
    answer.body_bytes = body.size();
    worker.done(request, answer);
  };
  read(999, 100);
  read(0, 100);
  read(99, 100);
  read(999, 99);  // short
  read(999, 100);
  worker.finish();
  const auto counts = world.run.collector.total().of(BenchOp::kGet);
  EXPECT_EQ(counts.ok, 2U);
  EXPECT_EQ(counts.errors.at({200, std::string(kWrongBytes)}), 3U);
}

TEST(BenchTally, RefusalsAreErrorsWithALatencyOfTheirOwn) {
  World world({"get"});
  BenchWorker worker(world.run, 0);
  worker.done(worker.take(0), answer_of(200, "", 1'100'000));
  auto refusal = answer_of(503, "<?xml?><Error><Code>SlowDown</Code></Error>", 1'100'000);
  refusal.begun_micros = 1'090'000;
  worker.done(worker.take(500'000), refusal);
  worker.done(worker.take(0), answer_of(0, "timed out", 1'100'000));
  worker.finish();
  const BenchReport report{.tally = world.run.collector.total(),
                           .seconds = 2,
                           .threads = 1,
                           .unsent = 7,
                           .endpoint = "http://h:1"};
  const auto json = json_report(world.options, report);
  const auto& get = json["operations"]["GET"];
  EXPECT_EQ(get["requests"], 1);
  EXPECT_EQ(get["requests_per_second"], 0.5);
  EXPECT_EQ(get["error_count"], 2);
  EXPECT_EQ(get["refused"]["count"], 1);
  EXPECT_EQ(get["refused"]["max_ms"], 10.0);
  EXPECT_EQ(get["errors"][1]["code"], "SlowDown");
  EXPECT_EQ(json["unsent"], 7);

  const std::string text = text_report(world.options, report);
  for (const char* part : {"get at http://h:1", "503 SlowDown: 1", "no answer timed out: 1",
                           "refused", "7 planned requests", "1000 keys of 4 KiB"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
  EXPECT_EQ(csv_lines("total", report.tally, false),
            "total,GET,1,2,1,0,1100.000,1100.000,1100.000,1100.000,1100.000,10.000\n");
  EXPECT_EQ(std::ranges::count(csv_header(), ','), 11);
}

TEST(BenchTally, TellsTheCodeOfAnError) {
  EXPECT_EQ(error_code("<Error><Code>NoSuchKey</Code>"), "NoSuchKey");
  EXPECT_EQ(error_code("<Error><Code>\x1b[1m</Code>"), "?[1m");
  EXPECT_EQ(error_code("<Error><Code>NoSuchKe"), "");
  EXPECT_EQ(error_code(""), "");
}

}  // namespace
}  // namespace muzn::cli
