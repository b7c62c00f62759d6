#include "sim/life.h"

#include <unordered_set>

namespace muzn::sim {
namespace {

std::string at_step(const Life& life, std::size_t event) {
  std::string out = "before the first step";
  for (std::size_t i = 0; i < event; ++i) {
    if (life.events[i].kind != Event::Kind::kMark) continue;
    const std::size_t number = life.events[i].offset;
    out = (number % 2 == 0 ? "in step " : "after step ") + std::to_string(number / 2) + ": " +
          show(life.steps[number / 2]);
  }
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
  if (!state) state = observe(machine.store(), kOwner);
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
  }
  machine.stop();
  out.events = machine.disk().take_history();
  return out;
}

std::optional<std::string> recover(const Platter& disk, const std::vector<const State*>& allowed,
                                   bool sweep, Pool& pool, State* found) {
  Machine machine(disk, pool);
  if (auto started = machine.start(); !started) {
    return "the engine does not start: " + started.error().what;
  }
  State now = observe(machine.store(), kOwner);
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
    now = observe(machine.store(), kOwner);
    if ((wrong = check())) return *wrong + "after a sweep";
    std::size_t blobs = 0;
    for (const auto& [path, node] : machine.disk().platter().files()) {
      const bool is_below = path.starts_with("data/blobs/") || path.starts_with("more/blobs/");
      blobs += is_below && !path.ends_with("/format") ? 1 : 0;
    }
    if (blobs != blobs_in(now)) {
      return "after a sweep there are " + std::to_string(blobs) + " blobs, not " +
             std::to_string(blobs_in(now));
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
  std::size_t marks = 0;
  for (std::size_t i = 0; i < event; ++i) {
    marks += life.events[i].kind == Event::Kind::kMark ? 1 : 0;
  }
  std::vector<State> out{life.states[marks / 2]};
  if (marks % 2 == 1) out.push_back(life.states[marks / 2 + 1]);
  return out;
}

Platter disk_at(const Life& life, const Crash& crash) {
  return killed_at(life, crash.event).after(crash.loss);
}

std::optional<std::string> crash_everywhere(const Life& life, int losses, std::uint64_t seed,
                                            Pool& pool, Count* count, std::uint64_t first) {
  std::mt19937_64 rng(seed);
  std::unordered_set<std::uint64_t> seen;
  Platter disk = life.start;
  std::size_t done = 0;  // steps answered
  bool in_step = false;
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
      if (!seen.insert(left.digest() ^ (2 * done + (in_step ? 1 : 0)) * 0x9e3779b97f4a7c15U)
               .second) {
        continue;
      }
      ++count->distinct;
      std::vector<const State*> allowed{&life.states[done]};
      if (done == 0 && !in_step) {
        for (const State& state : life.earlier) allowed.push_back(&state);
      }
      if (in_step && done + 1 < life.states.size()) allowed.push_back(&life.states[done + 1]);
      const bool half_bucket = in_step && (life.steps[done].verb == Verb::kDeleteBucket ||
                                           life.steps[done].verb == Verb::kCreateBucket);
      const bool sweep = half_bucket || count->distinct % 4 == 0;
      if (auto wrong = recover(left, allowed, sweep, pool)) {
        return show(crash) + ", " + at_step(life, event) + "\n" + *wrong;
      }
    }
    if (event == life.events.size()) break;
    disk.apply(life.events[event]);
    if (is_mark) {
      is_past = is_past || life.events[event].offset >= first;
      in_step = life.events[event].offset % 2 == 0;
      if (!in_step) done = life.events[event].offset / 2 + 1;
    }
  }
  return std::nullopt;
}

}  // namespace muzn::sim
