// The steps of a run, as one seed makes them.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace muzn::sim {

enum class Verb : std::uint8_t {
  kCreateBucket,
  kDeleteBucket,
  kPut,
  kRemove,
  kTag,
  kCreateUpload,
  kPutPart,
  kComplete,  // of one part
  kAbort,
  kSweep,
  kCreateUser,
  kCreateKey,
  kDeleteKey,
  kBlock,         // public access to a bucket
  kEnable,        // versioning
  kRemoveNewest,  // version of a key, by its id
  kRename,        // to the next key
  kTogether,      // some of the above at once
  kTick,          // hours pass
  kJobs,          // flush and compaction
  kRestart,       // a clean one
  kMove,          // records into their log
};
inline constexpr int kVerbs = 22;

struct Step {
  Verb verb = Verb::kPut;
  unsigned bucket = 0;
  unsigned key = 0;
  std::size_t size = 0;
  unsigned salt = 0;  // chooses content, upload and part
};

std::vector<Step> random_steps(std::uint64_t seed, std::size_t count);
// Those of a kTogether: two to four, which may meet on one key, upload or bucket.
std::vector<Step> steps_together(const Step& step);
std::string show(const Step& step);

inline constexpr char kOwner[] = "111111111111";
// Names of what steps are about.
std::string bucket_of(const Step& step);
std::string key_of(const Step& step);
std::string new_key_of(const Step& step);  // of a rename
std::string body_of(const Step& step);

}  // namespace muzn::sim
