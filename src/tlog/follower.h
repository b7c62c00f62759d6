// Follows a log as a monitor does: keeps the newest tree that it was shown, demands that what it is
// shown later begins with it, and reads every entry once.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "merkle/growth.h"
#include "merkle/judge.h"
#include "tlog/files.h"

namespace muzn::tlog {

// What is kept from one time to the next. A value.
struct View {
  std::string checkpoint = {};         // the newest that was accepted, a note; "" = none yet
  std::uint64_t read = 0;              // so many entries of its tree were read and verified
  std::vector<std::string> edge = {};  // of these: the tiles of merkle::edge_of(read)
};

enum class Trouble : std::uint8_t {
  kNone,
  kUnsigned,  // no checkpoint that the policy accepts
  kRollback,  // a smaller tree than before
  kFork,      // a tree that does not begin with the one before
  kStale,     // nobody cosigned of late; all else is well
  kDamaged,   // the files are not what the checkpoint's tree is made of
};
// "fork", for texts.
const char* name(Trouble trouble);

struct Look {
  Trouble trouble = Trouble::kNone;
  std::string what = {};  // for people
  std::string seen = {};  // the checkpoint that was shown, as it came
  std::optional<merkle::Judgement> judgement = std::nullopt;  // of it, when the policy accepts it
};

class Follower {
 public:
  // `source` and `policy` stay the caller's. Errors: kInvalid (no view).
  static Result<Follower> make(FileSource& source, const merkle::Policy& policy, View view);

  // Looks at the log's checkpoint, and takes it into the view unless there is trouble (but
  // kStale: with a quorum, no cosignature since `cosigned_since`, seconds since 1970).
  // Errors: what kept it from reading.
  Result<Look> look(std::uint64_t cosigned_since);

  // Entries of the view's tree are not read yet.
  bool is_behind() const { return growth_.size() < tree_.size; }
  std::uint64_t read() const { return growth_.size(); }
  // The view's tree; of size 0 before the first look.
  const merkle::Checkpoint& tree() const { return tree_; }

  using OnEntry = std::function<void(std::uint64_t index, std::string_view entry)>;
  // Reads the next entries, some thousands at most. Only when there is no trouble (kDamaged) they
  // are the tree's, and read(): until then whatever on_entry learnt is not to be relied on.
  // REQUIRES is_behind(). Errors: as look().
  Result<Look> step(const OnEntry& on_entry);

  // Goes on at entry `index` (or some before it), when that is further. Verified as step().
  Result<Look> skip_to(std::uint64_t index);

  View view() const { return {checkpoint_, growth_.size(), growth_.edge()}; }

 private:
  Follower(FileSource& source, const merkle::Policy& policy) : source_(source), policy_(policy) {}

  // kNone, kFork, or kDamaged: a file for the proof is missing.
  Result<Trouble> compare(const merkle::Checkpoint& now, std::uint64_t size,
                          const merkle::Hash& root);
  Result<Look> accept(merkle::Growth grown);

  FileSource& source_;
  const merkle::Policy& policy_;
  std::string checkpoint_;
  merkle::Checkpoint tree_;
  merkle::Growth growth_;  // what was read
};

}  // namespace muzn::tlog
