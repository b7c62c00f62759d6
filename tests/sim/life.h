// A run of the engine with everything that happened to its disk, so that the disk can be cut off
// from power at any moment of it, again and again, without running the engine again.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/driver.h"

namespace muzn::sim {

struct Life {
  Platter start;
  std::vector<Event> events;                 // with the marks of driver.h
  std::vector<State> states;                 // before step i, and after the last
  std::vector<std::vector<Effect>> effects;  // of step i, when it was a kTogether
  std::vector<Step> steps;
  std::vector<State> earlier;     // also right until it has started
  std::size_t largest_group = 0;  // of commits that shared a sync
  std::string failure;            // of a step; empty when all went well
};
// `state`: what is on the disk, as far as it is acknowledged; nullopt = look after the start.
Life live(const Platter& start, const std::vector<Step>& steps, std::optional<State> state,
          Pool& pool);

// Starts an engine on the disk and compares all that it holds with the states allowed. Returns what
// is wrong, nullopt when nothing is. `found` gets the state.
std::optional<std::string> recover(const Platter& disk, const std::vector<const State*>& allowed,
                                   bool sweep, Pool& pool, State* found = nullptr);

struct Crash {
  std::size_t event = 0;  // the power fails before this one
  PowerLoss loss;
};
std::string show(const Crash& crash);
struct Count {
  std::uint64_t states = 0;    // made
  std::uint64_t distinct = 0;  // among those of one life; recovered from
};
// Cuts the power at every event of `life` with `losses` of each, and all of it lost and all of it
// kept; from the mark `first` on when it is not 0. Returns what went wrong first.
std::optional<std::string> crash_everywhere(const Life& life, int losses, std::uint64_t seed,
                                            Pool& pool, Count* count, std::uint64_t first = 0);
// The disk at one crash of a life.
Platter disk_at(const Life& life, const Crash& crash);
// The disk after kill -9 before the event: all can be read, and what is not durable still is not.
Platter killed_at(const Life& life, std::size_t event);
// What may be found after either.
std::vector<State> states_at(const Life& life, std::size_t event);

}  // namespace muzn::sim
