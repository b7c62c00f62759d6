// Jobs that coroutines of one executor do together: each adds its own and posts itself, and the
// first that goes on in that turn takes those of all.
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <mutex>
#include <vector>

#include "base/task.h"

namespace muzn {

// `Job` has a member `home`, its executor. Threads: safe; jobs are taken on their executor's.
template <class Job>
class TurnJobs {
 public:
  // Borrowed until it is taken.
  void add(Job* job) {
    Stripe& stripe = stripe_of(job->home);
    const std::lock_guard lock(stripe.mutex);
    stripe.waiting.push_back(job);
  }

  // All of `home`, which are not waiting any more.
  std::vector<Job*> take(const Executor* home) {
    Stripe& stripe = stripe_of(home);
    const std::lock_guard lock(stripe.mutex);
    const auto mine = std::ranges::partition(stripe.waiting,
                                             [home](const Job* job) { return job->home != home; });
    std::vector<Job*> out(mine.begin(), mine.end());
    stripe.waiting.erase(mine.begin(), mine.end());
    return out;
  }

 private:
  static constexpr std::size_t kStripes = 16;

  // Jobs of all executors whose place is here.
  struct Stripe {
    std::mutex mutex;  // guards waiting
    std::vector<Job*> waiting;
  };

  Stripe& stripe_of(const Executor* home) {
    return stripes_[std::hash<const Executor*>()(home) / alignof(std::max_align_t) % kStripes];
  }

  std::array<Stripe, kStripes> stripes_;
};

}  // namespace muzn
