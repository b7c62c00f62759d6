#include "cli/bench_plan.h"

#include <fmt/format.h>

#include <algorithm>

namespace muzn::cli {
namespace {

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kAgainMicros = 100'000;
constexpr std::uint64_t kRefusalsMax = 10'000;      // in a row: the server takes nothing
constexpr std::int64_t kCloseMicros = 2 * kSecond;  // for what is under way at the end

bool is_success(int status) {
  return status >= 200 && status < 300;
}

bool is_passing(int status) {
  return status == 0 || status == 503 || status == 429 || status == 500;
}

}  // namespace

std::int64_t BenchChores::due(std::int64_t now) {
  if (!trouble_.empty()) return net::kNoMore;
  if (!again_.empty() && again_.front().first <= now) return again_.front().first;
  if (begun_ < count_) return 0;
  return again_.empty() ? net::kNoMore : again_.front().first;
}

net::LoadRequest BenchChores::take(std::int64_t now) {
  std::uint64_t which = 0;
  if (!again_.empty() && again_.front().first <= now) {
    which = again_.front().second;
    again_.pop_front();
  } else {
    which = begun_++;
  }
  net::LoadRequest request = make_(which);
  request.tag = which;
  request.planned_micros = now;
  return request;
}

void BenchChores::look(const net::LoadRequest&, std::uint64_t, std::string_view) {}

void BenchChores::done(const net::LoadRequest& request, const net::LoadAnswer& answer) {
  if (is_success(answer.status)) {
    ++succeeded_;
    refusals_ = 0;
    return;
  }
  const std::string code = error_code(answer.text);
  if (!is_passing(answer.status) || ++refusals_ > kRefusalsMax) {
    trouble_ = answer.status == 0 ? std::string(answer.text)
                                  : fmt::format("HTTP status {} {}", answer.status, code);
    return;
  }
  again_.emplace_back(answer.done_micros + kAgainMicros, request.tag);
}

void BenchCollector::add(std::int64_t second, const BenchTally& tally) {
  const std::lock_guard lock(mutex_);
  seconds_[second].add(tally);
  total_.add(tally);
}

std::map<std::int64_t, BenchTally> BenchCollector::take_before(std::int64_t second) {
  const std::lock_guard lock(mutex_);
  std::map<std::int64_t, BenchTally> out;
  while (!seconds_.empty() && seconds_.begin()->first < second) {
    out.insert(seconds_.extract(seconds_.begin()));
  }
  return out;
}

BenchTally BenchCollector::total() const {
  const std::lock_guard lock(mutex_);
  return total_;
}

BenchWorker::BenchWorker(BenchRun& run, std::uint64_t index)
    : run_(run),
      index_(index),
      random_(BenchRandom::mix(run.options.seed + 1) + index),
      heads_(run.options, run.where, run.host, run.bodies) {
  for (const auto& [op, weight] : run.options.mix) weights_ += weight;
}

void BenchWorker::finish() {
  if (!tally_.empty()) run_.collector.add(second_, tally_);
  tally_ = {};
}

// Requests are planned at even distances; each thread has every threads-th.
std::int64_t BenchWorker::planned_at(std::uint64_t number) const {
  const auto place = static_cast<double>(number * run_.threads + index_);
  return run_.begin + static_cast<std::int64_t>(place * 1e6 / run_.options.rate);
}

bool BenchWorker::take_ticket() {
  if (run_.options.requests == 0 || has_ticket_) return true;
  has_ticket_ = run_.tickets.fetch_add(1) < run_.options.requests;
  return has_ticket_;
}

std::int64_t BenchWorker::due(std::int64_t now) {
  roll((now - run_.measure_from) / kSecond);
  if (now >= run_.end || !take_ticket()) return net::kNoMore;
  if (run_.options.verb == "delete" && run_.options.order == KeyOrder::kInTurn &&
      run_.in_turn.load(std::memory_order_relaxed) >= run_.options.keys) {
    return net::kNoMore;  // all are deleted
  }
  if (run_.options.rate == 0) return 0;
  const std::int64_t planned = planned_at(begun_);
  return planned < run_.end ? planned : net::kNoMore;
}

BenchOp BenchWorker::choose_op() {
  std::uint64_t place = weights_ > 1 ? random_.next() % weights_ : 0;
  for (const auto& [op, weight] : run_.options.mix) {
    if (place < weight) {
      const bool nothing = op == BenchOp::kDelete && run_.options.verb == "mixed" && alive_.empty();
      return nothing ? BenchOp::kPut : op;
    }
    place -= weight;
  }
  return run_.options.mix.front().first;
}

std::uint64_t BenchWorker::choose_key(BenchOp op) {
  const BenchOptions& options = run_.options;
  if (options.verb == "mixed" && op == BenchOp::kPut) {
    return options.keys + index_ + run_.threads * made_++;
  }
  if (options.verb == "mixed" && op == BenchOp::kDelete) {
    const std::uint64_t key = alive_.front();
    alive_.pop_front();
    return key;
  }
  if (options.order == KeyOrder::kInTurn) return run_.in_turn.fetch_add(1) % options.keys;
  return run_.choice.pick(random_.unit());
}

net::LoadRequest BenchWorker::take(std::int64_t now) {
  const BenchOp op = choose_op();
  const std::uint64_t key = choose_key(op);
  net::LoadRequest request;
  request.head = heads_.get(op, key, run_.clock.now());
  request.tag = key;
  request.kind = static_cast<unsigned>(op);
  request.planned_micros = run_.options.rate == 0 ? now : planned_at(begun_);
  request.head_request = op == BenchOp::kHead;
  request.look = op == BenchOp::kGet && run_.options.verify;
  if (op == BenchOp::kPut) {
    request.pattern = run_.bodies.pattern();
    request.pattern_at = run_.bodies.begin_of(key);
    request.body_size = run_.bodies.size_of(key);
    request.expect = run_.options.expect;
  }
  ++begun_;
  run_.planned.fetch_add(1, std::memory_order_relaxed);
  has_ticket_ = false;
  return request;
}

std::int64_t BenchWorker::cut_micros() const {
  return run_.end == net::kNoMore ? net::kNoMore : run_.end + kCloseMicros;
}

void BenchWorker::look(const net::LoadRequest& request, std::uint64_t at, std::string_view bytes) {
  if (!run_.bodies.matches(request.tag, at, bytes)) wrong_.insert(request.tag);
}

// "" when the answer is what was asked for.
std::string BenchWorker::trouble_of(const net::LoadRequest& request,
                                    const net::LoadAnswer& answer) const {
  if (answer.status == 0) return std::string(answer.text);
  if (!is_success(answer.status)) return error_code(answer.text);
  if (!request.look) return "";
  const bool right =
      !wrong_.contains(request.tag) && answer.body_bytes == run_.bodies.size_of(request.tag);
  return right ? "" : std::string(kWrongBytes);
}

void BenchWorker::remember(BenchOp op, std::uint64_t key, bool ok) {
  if (run_.options.verb != "mixed" || key < run_.options.keys) return;
  const bool is_there = (op == BenchOp::kPut && ok) || (op == BenchOp::kDelete && !ok);
  if (is_there) alive_.push_back(key);
}

void BenchWorker::roll(std::int64_t second) {
  if (second == second_) return;
  finish();
  second_ = second;
}

void BenchWorker::done(const net::LoadRequest& request, const net::LoadAnswer& answer) {
  const auto op = static_cast<BenchOp>(request.kind);
  const std::string trouble = trouble_of(request, answer);
  const bool ok = is_success(answer.status) && trouble.empty();
  if (request.look) wrong_.erase(request.tag);
  remember(op, request.tag, ok);
  const std::int64_t now = answer.done_micros;
  if (now < run_.measure_from || now >= run_.end) return;
  roll((now - run_.measure_from) / kSecond);
  run_.last_done.store(std::max(run_.last_done.load(std::memory_order_relaxed), now),
                       std::memory_order_relaxed);
  BenchCounts& counts = tally_.of(op);
  const std::int64_t took = now - request.planned_micros;
  if (!ok) {
    ++counts.errors[{answer.status, trouble}];
    if (answer.status == 503) counts.refused.note(now - answer.begun_micros);
    return;
  }
  ++counts.ok;
  counts.bytes += op == BenchOp::kPut ? request.body_size : answer.body_bytes;
  counts.latency.note(took);
  if (op == BenchOp::kGet)
    counts.first_byte.note(answer.first_byte_micros - request.planned_micros);
}

}  // namespace muzn::cli
