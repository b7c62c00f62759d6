// Hashes bodies off the loop, many at once: whoever takes the first piece that waits takes all that
// came meanwhile into the lanes of one MD5 (crypto/md5.h). A lone piece begins at once and runs at
// the full rate of one. With many bodies under way it lets some pieces gather first, for lanes that
// stand empty cost as much as full ones, but not where that was in vain before. Internal to
// object/.
#pragma once
#include <condition_variable>
#include <coroutine>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string_view>
#include <vector>

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

  // Held while a body brings pieces.
  class Body {
   public:
    explicit Body(HashQueue& queue);
    ~Body();
    Body(const Body&) = delete;
    Body& operator=(const Body&) = delete;

   private:
    HashQueue& queue_;
  };

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
  // The next jobs for a runner with `busy` lanes; without any, and busy = 0, it is counted out.
  std::vector<Job*> take(std::size_t busy);
  // Waits for a while until there are enough for the bodies under way.
  void gather(std::unique_lock<std::mutex>& lock, std::size_t busy);
  bool is_enough(std::size_t busy) const;

  Pool& pool_;
  const std::size_t runners_max_;
  std::mutex mutex_;  // guards all below
  std::condition_variable idle_;
  std::condition_variable more_;
  std::deque<Job*> waiting_;
  std::size_t runners_ = 0;
  std::size_t bodies_ = 0;
  std::size_t pause_ = 0;       // takes without gathering, after the last time in vain
  std::size_t pause_left_ = 0;  // of it
};

}  // namespace muzn::object
