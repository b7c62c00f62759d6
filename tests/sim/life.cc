#include "sim/life.h"

#include <unordered_set>

namespace muzn::sim {
namespace {

// How far a life has come.
class Progress {
 public:
  void pass(const Event& event) {
    if (event.kind != Event::Kind::kMark) return;
    if (event.offset >= kAnswerMark) {
      answered_ |= 1U << (event.offset - kAnswerMark);
      return;
    }
    in_step_ = event.offset % 2 == 0;
    answered_ = 0;
    if (!in_step_) done_ = event.offset / 2 + 1;
  }

  // Every state that may be found now.
  std::vector<State> allowed(const Life& life) const {
    const State& before = life.states[done_];
    if (!in_step_ || done_ >= life.effects.size()) return {before};
    if (!life.effects[done_].empty()) return all_orders(before, life.effects[done_], answered_);
    return {before, life.states[done_ + 1]};
  }

  bool has_begun() const { return done_ > 0 || in_step_; }
  const Step* step(const Life& life) const { return in_step_ ? &life.steps[done_] : nullptr; }
  std::uint64_t digest() const { return 64 * done_ + 2 * answered_ + (in_step_ ? 1 : 0); }
  std::string show(const Life& life) const {
    if (!has_begun()) return "before the first step";
    if (in_step_) {
      return "in step " + std::to_string(done_) + " (answered " + std::to_string(answered_) +
             "): " + sim::show(life.steps[done_]);
    }
    return "after step " + std::to_string(done_ - 1) + ": " + sim::show(life.steps[done_ - 1]);
  }

 private:
  std::size_t done_ = 0;  // steps answered
  bool in_step_ = false;
  unsigned answered_ = 0;  // verbs of the step under way, as bits
};

Progress progress_at(const Life& life, std::size_t event) {
  Progress out;
  for (std::size_t i = 0; i < event; ++i) out.pass(life.events[i]);
  return out;
}

}  // namespace

Life live(const Platter& start, const std::vector<Step>& steps, std::optional<State> state,
          Pool& pool) {
  Life out;
  out.start = start;
  out.steps = steps;
  Machine machine(start, pool);
  if (auto started = machine.start(); !started) {
    out.failure = "start: " + started.error().what;
    return out;
  }
  if (!state) state = observe(machine);
  Driver driver(machine, *state);
  out.states.push_back(*state);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    machine.disk().mark(2 * i);
    if (auto wrong = driver.run(steps[i])) {
      out.failure = "step " + std::to_string(i) + ", " + show(steps[i]) + ": " + *wrong;
      break;
    }
    machine.disk().mark(2 * i + 1);
    out.states.push_back(driver.state());
    out.effects.push_back(driver.effects());
  }
  machine.stop();
  out.largest_group = driver.largest_group();
  out.events = machine.disk().take_history();
  return out;
}

std::optional<std::string> recover(const Platter& disk, const std::vector<const State*>& allowed,
                                   bool sweep, Pool& pool, State* found) {
  Machine machine(disk, pool);
  if (auto started = machine.start(); !started) {
    return "the engine does not start: " + started.error().what;
  }
  State now = observe(machine);
  const auto check = [&]() -> std::optional<std::string> {
    std::string out;
    for (const State* state : allowed) {
      const std::string one = difference(now, *state);
      if (one.empty()) return std::nullopt;
      out += "not this:\n" + one;
    }
    return out;
  };
  auto wrong = check();
  if (wrong && !sweep) return wrong;
  if (sweep) {
    // Twice: what the first finds half deleted waits for its time, too.
    for (int i = 0; i < 2; ++i) {
      machine.clock().advance(1'000'000);
      if (auto swept = run_sync(machine.store().sweep()); !swept) return swept.error().what;
    }
    now = observe(machine);
    if ((wrong = check())) return *wrong + "after a sweep";
    std::size_t blobs = 0;
    std::string names;
    for (const auto& [path, node] : machine.disk().platter().files()) {
      const bool is_below = path.starts_with("data/blobs/") || path.starts_with("more/blobs/");
      // A power loss may keep the temporary file of `format` beside it: the next one replaces it.
      if (!is_below || path.ends_with("/format") || path.ends_with("/format.tmp")) continue;
      ++blobs;
      names += "\n  " + path;
    }
    if (blobs != blobs_in(now)) {
      return "after a sweep there are " + std::to_string(blobs) + " blobs, not " +
             std::to_string(blobs_in(now)) + ":" + names;
    }
  }
  if (found != nullptr) *found = std::move(now);
  return std::nullopt;
}

std::string show(const Crash& crash) {
  return "event " + std::to_string(crash.event) + " mode " +
         std::to_string(static_cast<int>(crash.loss.mode)) + " seed " +
         std::to_string(crash.loss.seed);
}

Platter killed_at(const Life& life, std::size_t event) {
  Platter disk = life.start;
  for (std::size_t i = 0; i < event; ++i) disk.apply(life.events[i]);
  return disk;
}

std::vector<State> states_at(const Life& life, std::size_t event) {
  return progress_at(life, event).allowed(life);
}

Platter disk_at(const Life& life, const Crash& crash) {
  return killed_at(life, crash.event).after(crash.loss);
}

std::optional<std::string> crash_everywhere(const Life& life, int losses, std::uint64_t seed,
                                            Pool& pool, Count* count, std::uint64_t first) {
  std::mt19937_64 rng(seed);
  std::unordered_set<std::uint64_t> seen;
  Platter disk = life.start;
  Progress progress;
  std::vector<State> allowed = progress.allowed(life);
  allowed.insert(allowed.end(), life.earlier.begin(), life.earlier.end());
  bool is_past = first == 0;
  for (std::size_t event = 0; event <= life.events.size(); ++event) {
    const bool is_mark =
        event < life.events.size() && life.events[event].kind == Event::Kind::kMark;
    for (int i = 0; is_past && !is_mark && i < losses + 2; ++i) {
      Crash crash{event, {static_cast<PowerLoss::Mode>(i), rng()}};
      if (i >= 2) crash.loss.mode = static_cast<PowerLoss::Mode>(rng() % PowerLoss::kModes);
      const Platter left = disk.after(crash.loss);
      ++count->states;
      // The same disk under other promises is another state.
      if (!seen.insert(left.digest() ^ progress.digest() * 0x9e3779b97f4a7c15U).second) continue;
      ++count->distinct;
      const Step* const step = progress.step(life);
      const bool half_bucket = step != nullptr && (step->verb == Verb::kDeleteBucket ||
                                                   step->verb == Verb::kCreateBucket);
      std::vector<const State*> right;
      for (const State& state : allowed) right.push_back(&state);
      if (auto wrong = recover(left, right, half_bucket || count->distinct % 4 == 0, pool)) {
        return show(crash) + ", " + progress.show(life) + "\n" + *wrong;
      }
    }
    if (event == life.events.size()) break;
    disk.apply(life.events[event]);
    if (!is_mark) continue;
    const std::uint64_t mark = life.events[event].offset;
    is_past = is_past || (mark < kAnswerMark && mark >= first);
    progress.pass(life.events[event]);
    allowed = progress.allowed(life);
  }
  return std::nullopt;
}

}  // namespace muzn::sim
