// Hashes small bodies on their loop, in the lanes of one MD5 (crypto/md5.h): a body that is whole
// waits until the others of its loop's turn are, and the first that goes on hashes them all. A
// lone one waits for a turn of the loop, which is nothing beside its commit. Internal to object/.
#pragma once
#include <coroutine>
#include <cstddef>
#include <string_view>

#include "base/task.h"
#include "base/turn_jobs.h"
#include "crypto/digest.h"

namespace muzn::object {

// Threads: safe; each body is hashed by its own executor's.
class TurnHashes {
 public:
  // co_await hashes.update(set, bytes)  REQUIRES that the set has an MD5.
  auto update(crypto::HasherSet& set, std::string_view bytes) {
    return Update{*this, {&set, bytes, nullptr, false}};
  }

 private:
  // Fewer bytes are hashed at once: what they gain is less than a turn costs.
  static constexpr std::size_t kWorthMin = 512;
  struct Job {
    crypto::HasherSet* set;
    std::string_view bytes;
    Executor* home;
    bool is_done;
  };

  struct Update {
    TurnHashes& hashes;
    Job job;
    bool await_ready() const noexcept { return job.bytes.size() < kWorthMin; }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> self) {
      job.home = self.promise().executor;
      hashes.jobs_.add(&job);
      job.home->post(self);
    }
    void await_resume() {
      if (job.home == nullptr) {
        job.set->update(job.bytes);
      } else if (!job.is_done) {
        hashes.run(job.home);
      }
    }
  };

  // Does all jobs of `home`, on its thread.
  void run(const Executor* home);

  TurnJobs<Job> jobs_;
};

}  // namespace muzn::object
