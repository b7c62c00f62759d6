// The scrub: a slow walk over a store in use that reads what readers may need, verified, so that
// rot is found while another copy is still good. docs/durability.md says what it finds.
//
// One pass: each table of the rows, by its checksums; then each row of each bucket's shard, and
// what versions and parts of open uploads name: manifests, inline bodies, blobs with all their
// blocks, and their MD5 and checksums. Rows and blobs come and go meanwhile. What looks wrong is
// therefore judged twice, each time between two reads of the row that names it: only a row that
// stood still and was wrong both times is a finding.
//
// No snapshot is held, and memory does not grow with the store.
#pragma once
#include <cstdint>
#include <string>

#include "base/time.h"
#include "blob/store.h"
#include "meta/store.h"

namespace muzn::object {

struct ScrubTally {
  std::uint64_t bytes = 0;    // read and verified: tables, rows, blobs
  std::uint64_t objects = 0;  // versions and parts of open uploads
  std::uint64_t errors = 0;   // findings
  bool operator==(const ScrubTally&) const = default;
};

// Where the scrub is. A row of the node shard keeps it, so that a restart goes on from there.
struct ScrubState {
  enum class Phase : std::uint8_t {
    kIdle = 0,  // no pass is under way
    kTables = 1,
    kBuckets = 2,
  };
  Phase phase = Phase::kIdle;
  Time began;                // the pass under way or the last one; 0: there was none
  std::uint64_t table = 0;   // kTables: those up to this number are done
  std::string bucket;        // kBuckets: those before this name are done,
  meta::ShardId shard = 0;   // and of its shard
  std::string row_key;       // the rows before this key
  ScrubTally so_far;         // of the pass under way
  std::uint64_t passes = 0;  // that ended
  Time ended;                // the last of them
  ScrubTally last;           // what it counted
  bool operator==(const ScrubState&) const = default;

  // REQUIRES no pass under way.
  void begin(Time now);
  // REQUIRES a pass under way.
  void end(Time now);
};

struct ScrubFinding {
  std::string bucket;  // "" = of the rows as a whole
  std::string key;     // "" = of the bucket
  std::string version_id;
  std::string blob;  // hex id, "" = not about one blob
  std::string what;
};

// What a pass lives in. Calls come from the thread of scrub().
class ScrubHost {
 public:
  virtual ~ScrubHost() = default;
  // Before or after a step that reads `bytes` and costs the disk as much as `overhead` bytes more:
  // waits its turn. false: the pass stops here, within one step.
  virtual bool spend(std::uint64_t bytes, std::uint64_t overhead) = 0;
  virtual void found(ScrubFinding finding) = 0;
  // A place from which a later call may go on.
  virtual void reached(const ScrubState& state) = 0;
};

// Goes on with the pass of `state`. Blocks. false: the host stopped it; the state is then where it
// goes on. REQUIRES a pass under way. Does not call state.end().
bool scrub(meta::Store& rows, blob::Store& blobs, ScrubState& state, ScrubHost& host);

// The state that the rows keep; a fresh one when there is none. Errors: those of the rows, and
// kCorrupt, kUnsupported of a state that can't be read.
Task<Result<ScrubState>> load_scrub(meta::Store& rows);
// Durable when it returns. Errors as meta::Store::commit().
Task<Result<void>> save_scrub(meta::Store& rows, ScrubState state);

}  // namespace muzn::object
