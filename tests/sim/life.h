// A run of the engine with everything that happened to its disk, so that the disk can be cut off
// from power at any moment of it, again and again, without running the engine again.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "sim/machine.h"
#include "sim/state.h"

namespace muzn::sim {

enum class Verb : std::uint8_t {
  kCreateBucket,
  kDeleteBucket,
  kPut,
  kRemove,
  kCreateUpload,
  kPutPart,
  kComplete,  // of one part
  kAbort,
  kSweep,
  kTick,     // hours pass
  kJobs,     // flush and compaction
  kRestart,  // a clean one
};
inline constexpr int kVerbs = 12;

struct Step {
  Verb verb = Verb::kPut;
  unsigned bucket = 0;
  unsigned key = 0;
  std::size_t size = 0;
  unsigned salt = 0;  // chooses content, upload and part
};

std::vector<Step> random_steps(std::uint64_t seed, std::size_t count);
std::string show(const Step& step);
inline constexpr char kOwner[] = "111111111111";

// Runs steps and knows what must come out.
class Driver {
 public:
  // `state` is what the machine's store holds.
  Driver(Machine& machine, State state) : machine_(machine), state_(std::move(state)) {}

  // nullopt: done, with the right answer. What the store answered otherwise.
  std::optional<std::string> run(const Step& step);
  const State& state() const { return state_; }
  // What `state()` was to become by the last step that failed.
  const State& wanted() const { return wanted_; }

 private:
  struct Upload {
    std::string bucket;
    std::string key;
    std::string id;
  };
  template <class T>
  std::optional<std::string> judge(const object::Outcome<T>& outcome);
  std::optional<Upload> some_upload(const Step& step) const;
  bool has_objects(const std::string& bucket) const;
  std::optional<std::string> make_bucket(const std::string& name);
  std::optional<std::string> drop_bucket(const std::string& name);
  std::optional<std::string> put(const std::string& bucket, const Step& step);
  std::optional<std::string> create_upload(const std::string& bucket, const Step& step);
  std::optional<std::string> put_part(const Upload& upload, const Step& step);
  std::optional<std::string> complete(const Upload& upload, const Step& step);
  std::optional<std::string> abort(const Upload& upload);

  Machine& machine_;
  State state_;
  State wanted_;
  std::map<std::string, std::string> part_bodies_;  // by line name
};

struct Life {
  Platter start;
  std::vector<Event> events;  // step i lies between the marks 2 i and 2 i + 1
  std::vector<State> states;  // before step i, and after the last
  std::vector<Step> steps;
  std::vector<State> earlier;  // also right until it has started
  std::string failure;         // of a step; empty when all went well
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
