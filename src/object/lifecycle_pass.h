// One pass of a bucket's lifecycle rules over what came of age since the last one.
//
// Nothing is crawled. Rules are walks along the index of times (rows 't'), one for each number of
// days that some rule has: a walk reads the rows that became old enough since it was here, and
// judges each version by all rules. How far it came is kept in the bucket ('l' 's'), and begins
// anew when the rules change. What a walk is past and has to be judged again leaves a row of its
// own ('l' 'd'): its tags or its lock were changed, it got another key, it became the current
// version again.
//
// Nothing goes that is not due: the commit that removes a version compares the rules' document and
// the version, which is judged again as it stands there. A pass that ends anywhere, also by a
// crash, is gone on with by the next: what it did is done, what it judged is judged again.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "meta/store.h"
#include "object/lifecycle.h"
#include "object/store.h"

namespace muzn::object {

// What is about to be done, for who records it.
struct LifecycleDeed {
  enum class What : std::uint8_t { kExpire, kRemove, kAbort };
  What what = What::kExpire;
  const Bucket& bucket;
  std::string key;
  std::string version_id;  // of the version that is judged; "" = the null version
  std::uint64_t size = 0;
  std::string rule;  // its ID
};

// Who runs a pass. It does what the pass finds due, since it knows whose record that makes.
class LifecycleHost {
 public:
  virtual ~LifecycleHost() = default;
  virtual Outcome<void> remove(const LifecycleDeed& deed, RemoveArgs args) = 0;
  virtual Outcome<void> abort(const LifecycleDeed& deed, UploadRef upload) = 0;
  // False ends the pass soon.
  virtual bool go_on() = 0;
};

// A bucket that has rules, and their document.
struct RuledBucket {
  Bucket bucket;
  std::string document;
};
// All of them. Blocks.
Outcome<std::vector<RuledBucket>> buckets_with_rules(meta::Store& rows);

struct LifecycleWork {
  const Bucket& bucket;
  const std::string& document;  // as it is stored
  const LifecycleRules& rules;  // that it says
  Time now;
  std::int64_t day_seconds = kDaySeconds;
};
struct LifecycleTally {
  std::uint64_t read = 0;     // rows of the index and rows of what is to be looked at again
  std::uint64_t expired = 0;  // current versions
  std::uint64_t removed = 0;  // noncurrent ones, and delete markers
  std::uint64_t aborted = 0;  // uploads
  std::uint64_t held = 0;     // that are due and locked
};

// Blocks; one pass of a bucket at a time. A bucket that is gone, or whose rules are others by now,
// is left to the next pass. Failures: those of the store; the tally of what was done goes to
// `tally` in any case.
Outcome<void> run_lifecycle(meta::Store& rows, const LifecycleWork& work, LifecycleHost& host,
                            LifecycleTally& tally);

}  // namespace muzn::object
