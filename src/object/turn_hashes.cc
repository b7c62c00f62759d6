#include "object/turn_hashes.h"

#include <algorithm>
#include <span>
#include <vector>

#include "crypto/md5.h"

namespace muzn::object {
namespace {

// REQUIRES at most crypto::kMd5LanesMax of them.
template <class Job>
void hash(std::span<Job* const> jobs) {
  crypto::Md5Lanes lanes;
  for (Job* job : jobs) {
    job->set->update(crypto::Cost::kLight, job->bytes);
    job->set->update(crypto::Cost::kSha, job->bytes);
    lanes.add(*job->set->md5(), job->bytes, job);
  }
  while (!lanes.empty()) {
    for (void* ended : lanes.step()) static_cast<Job*>(ended)->is_done = true;
  }
}

}  // namespace

void TurnHashes::run(const Executor* home) {
  const std::vector<Job*> mine = jobs_.take(home);
  for (std::span<Job* const> left = mine; !left.empty();) {
    const auto now = left.first(std::min(left.size(), crypto::kMd5LanesMax));
    hash(now);
    left = left.subspan(now.size());
  }
}

}  // namespace muzn::object
