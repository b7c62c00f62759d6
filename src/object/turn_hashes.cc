#include "object/turn_hashes.h"

#include <algorithm>
#include <functional>
#include <span>

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

TurnHashes::Stripe& TurnHashes::stripe_of(const Executor* home) {
  return stripes_[std::hash<const Executor*>()(home) / alignof(std::max_align_t) % kStripes];
}

void TurnHashes::add(Job* job) {
  Stripe& stripe = stripe_of(job->home);
  const std::lock_guard lock(stripe.mutex);
  stripe.waiting.push_back(job);
}

void TurnHashes::run(const Executor* home) {
  Stripe& stripe = stripe_of(home);
  std::vector<Job*> mine;
  {
    const std::lock_guard lock(stripe.mutex);
    const auto others = std::ranges::partition(
        stripe.waiting, [home](const Job* job) { return job->home != home; });
    mine.assign(others.begin(), others.end());
    stripe.waiting.erase(others.begin(), others.end());
  }
  for (std::span<Job* const> left = mine; !left.empty();) {
    const auto now = left.first(std::min(left.size(), crypto::kMd5LanesMax));
    hash(now);
    left = left.subspan(now.size());
  }
}

}  // namespace muzn::object
