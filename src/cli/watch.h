// One look of `muzn audit watch` after another: what is new is judged, what is asked for or wrong
// is told, and the state is on the disk before the next.
#pragma once
#include <string>
#include <vector>

#include "audit/filter.h"
#include "base/time.h"
#include "cli/watch_state.h"
#include "fs/dir.h"
#include "merkle/policy.h"
#include "tlog/files.h"

namespace muzn::cli {

struct WatchPlan {
  std::string log;  // URL or directory, for texts
  merkle::Policy policy;
  std::string state_file;
  std::uint64_t max_age_seconds = 0;    // of the newest cosignature
  std::uint64_t unreachable_after = 0;  // looks that fail in a row, before it is told
  std::vector<audit::Filter> matches;   // of which leaves the program is run
  std::vector<std::string> program;     // and its arguments; none: nothing is run
  bool from_now = false;                // no match is told of what is there at the first look
  bool always_rules = false;            // also of a log that does not begin with a leaf
  bool is_strict = false;
};

class Watch {
 public:
  // Reads the state, or begins; it is this process's until the end. Errors: kUnavailable (somebody
  // else watches with it), kInvalid (the file is none of ours), those of the disk.
  static Result<Watch> open(const WatchPlan& plan, tlog::FileSource& source, const Clock& clock);

  // Looks once, and tells. The exit status: kWell, kFaulty (a breach), kUnread (the log could not
  // be read, or the program or the disk failed: it is tried again at the next look).
  int look();

 private:
  Watch(const WatchPlan& plan, tlog::FileSource& source, const Clock& clock, fs::Fd lock)
      : plan_(plan), source_(source), clock_(clock), lock_(std::move(lock)) {}

  struct Match {
    std::uint64_t index = 0;
    audit::Leaf leaf;
  };
  // What a step learnt, taken when the step is proved.
  struct Learnt {
    std::optional<audit::Rules> rules;
    std::vector<audit::Finding> findings;
    std::vector<Match> matches;
  };

  // How a look, or a step of it, ended.
  enum class Outcome : std::uint8_t {
    kWell,
    kBreach,  // told; entries that were read are taken
    kHeld,    // told; no further entry can be taken
    kUntold,  // the program or the disk failed: tried again at the next look
  };
  // Errors: what kept it from reading the log.
  Result<Outcome> look_at(tlog::Follower& follower);
  Result<Outcome> read_on(tlog::Follower& follower);
  void learn(Learnt& to, std::uint64_t index, std::string_view entry) const;
  Outcome tell_learnt(const Learnt& learnt);
  // These and save() say what failed, and return false.
  bool tell_match(const Match& match);
  // Once for each kind until it is over; bad leaves each time.
  bool tell_breach(const std::string& kind, const std::string& what, const std::string& shown,
                   codec::Json faults = codec::Json::array());
  int unreachable(const std::string& what);
  bool run(std::vector<std::string> environment, std::string input) const;
  bool save();
  void say(const std::string& text) const;

  const WatchPlan& plan_;
  tlog::FileSource& source_;
  const Clock& clock_;
  fs::Fd lock_;
  WatchState state_;
  std::string saved_;  // what the file has
};

}  // namespace muzn::cli
