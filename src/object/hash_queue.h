// Hashes bodies off the loop, many at once: whoever takes the first piece that waits takes all that
// came meanwhile into the lanes of one MD5 (crypto/md5.h). A lone piece begins at once and runs at
// the full rate of one. Internal to object/.
#pragma once
#include <condition_variable>
#include <coroutine>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string_view>

#include "base/pool.h"
#include "base/task.h"
#include "crypto/digest.h"

namespace muzn::object {

class HashQueue {
 public:
  // Borrows threads of `pool`, which must outlive it.
  explicit HashQueue(Pool& pool);
  // REQUIRES that nobody waits.
  ~HashQueue();
  HashQueue(const HashQueue&) = delete;
  HashQueue& operator=(const HashQueue&) = delete;

  // co_await queue.update(set, bytes)  updates all of `set` but what costs as a SHA does. Threads:
  // safe; of one set only one update at a time.
  auto update(crypto::HasherSet& set, std::string_view bytes) {
    return Update{*this, {&set, bytes, nullptr, nullptr}};
  }

 private:
  struct Job {
    crypto::HasherSet* set;
    std::string_view bytes;
    Executor* home;
    std::coroutine_handle<> waiter;
  };

  struct Update {
    HashQueue& queue;
    Job job;
    bool await_ready() const noexcept { return job.bytes.empty(); }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> self) {
      job.home = self.promise().executor;
      job.waiter = self;
      queue.submit(&job);
    }
    void await_resume() const noexcept {}
  };

  void submit(Job* job);
  // On a thread of the pool, until nothing waits.
  void run();
  // The next job, when there is one; else, with `last`, this runner is counted out.
  Job* take(bool last);

  Pool& pool_;
  const std::size_t runners_max_;
  std::mutex mutex_;  // guards all below
  std::condition_variable idle_;
  std::deque<Job*> waiting_;
  std::size_t runners_ = 0;
};

}  // namespace muzn::object
