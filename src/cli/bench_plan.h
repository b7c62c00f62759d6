// The requests of a benchmark as plans of net/load.h: what prepares and cleans up, and what is
// measured.
#pragma once
#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/time.h"
#include "cli/bench_tally.h"
#include "cli/bench_work.h"
#include "net/load.h"

namespace muzn::cli {

// Requests that have to be done once each; what the server refuses for a while is tried again.
class BenchChores final : public net::LoadPlan {
 public:
  using Make = std::function<net::LoadRequest(std::uint64_t)>;
  // `make` gives request 0 to `count` - 1, each perhaps several times.
  BenchChores(std::uint64_t count, Make make) : count_(count), make_(std::move(make)) {}

  std::int64_t due(std::int64_t now) override;
  net::LoadRequest take(std::int64_t now) override;
  std::int64_t cut_micros() const override { return net::kNoMore; }
  void look(const net::LoadRequest& request, std::uint64_t at, std::string_view bytes) override;
  void done(const net::LoadRequest& request, const net::LoadAnswer& answer) override;

  std::uint64_t succeeded() const { return succeeded_; }
  const std::string& trouble() const { return trouble_; }  // what ended it early, or ""

 private:
  const std::uint64_t count_;
  const Make make_;
  std::uint64_t begun_ = 0;
  std::uint64_t succeeded_ = 0;
  std::uint64_t refusals_ = 0;                                // in a row
  std::deque<std::pair<std::int64_t, std::uint64_t>> again_;  // when, and which
  std::string trouble_;
};

// Gathers what several threads count, by the second. Threads: safe.
class BenchCollector {
 public:
  void add(std::int64_t second, const BenchTally& tally);
  // Seconds before `second` that were not taken yet.
  std::map<std::int64_t, BenchTally> take_before(std::int64_t second);
  BenchTally total() const;

 private:
  mutable std::mutex mutex_;  // guards what follows
  std::map<std::int64_t, BenchTally> seconds_;
  BenchTally total_;
};

// What the threads of a run share. Times are monotonic micros.
struct BenchRun {
  const BenchOptions& options;
  const Connection& where;
  const std::string host;
  const BenchBodies& bodies;
  const Clock& clock;
  const std::uint64_t threads;
  const std::int64_t begin;  // of the warm-up
  const std::int64_t measure_from;
  const std::int64_t end;  // kNoMore: after so many requests
  const KeyChoice choice;

  BenchCollector collector = {};
  std::atomic<std::uint64_t> in_turn = 0;  // the next key of KeyOrder::kInTurn
  std::atomic<std::uint64_t> tickets = 0;  // requests begun, with --requests
  std::atomic<std::uint64_t> planned = 0;  // with --rate: begun by all
  std::atomic<std::int64_t> last_done = 0;
};

// One thread's share of a run.
class BenchWorker final : public net::LoadPlan {
 public:
  BenchWorker(BenchRun& run, std::uint64_t index);
  // Hands over what it counted last.
  void finish();

  std::int64_t due(std::int64_t now) override;
  net::LoadRequest take(std::int64_t now) override;
  std::int64_t cut_micros() const override;
  void look(const net::LoadRequest& request, std::uint64_t at, std::string_view bytes) override;
  void done(const net::LoadRequest& request, const net::LoadAnswer& answer) override;

 private:
  bool take_ticket();
  std::int64_t planned_at(std::uint64_t number) const;
  BenchOp choose_op();
  std::uint64_t choose_key(BenchOp op);
  void remember(BenchOp op, std::uint64_t key, bool ok);
  std::string trouble_of(const net::LoadRequest& request, const net::LoadAnswer& answer) const;
  void roll(std::int64_t second);

  BenchRun& run_;
  const std::uint64_t index_;
  BenchRandom random_;
  BenchHeads heads_;
  unsigned weights_ = 0;
  std::uint64_t begun_ = 0;
  bool has_ticket_ = false;

  // Of a mix: keys beyond options.keys that were put, so that what is deleted is nobody else's.
  std::uint64_t made_ = 0;
  std::deque<std::uint64_t> alive_;

  std::unordered_set<std::uint64_t> wrong_;  // keys whose bytes under way are not what they must be
  std::int64_t second_ = 0;
  BenchTally tally_;  // of second_
};

}  // namespace muzn::cli
