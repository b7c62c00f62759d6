// Gives receipts of form 2 for records that are durable: those of one turn of a loop share a
// signature. A group of commits is answered in one turn, so it is one signature for all of a group.
#pragma once
#include <coroutine>
#include <string>
#include <utility>

#include "audit/receipt.h"
#include "base/task.h"
#include "base/time.h"
#include "base/turn_jobs.h"
#include "merkle/hash.h"
#include "merkle/signer.h"

namespace muzn::audit {

// Threads: safe; each promise is made on its own executor's.
class TurnPromises {
 public:
  // Borrowed. The key that signs promises.
  TurnPromises(const merkle::Signer& signer, const Clock& clock) : signer_(signer), clock_(clock) {}

  // co_await promises.give(log, leaf)  ->  Receipt, that an entry with this leaf hash will be in
  // the log of this origin. REQUIRES that the record is durable, and its row on its way (outbox.h).
  auto give(std::string log, const merkle::Hash& leaf) {
    return Give{*this, {.log = std::move(log), .leaf = leaf, .receipt = {}, .home = nullptr}};
  }

 private:
  struct Job {
    std::string log;
    merkle::Hash leaf;
    Receipt receipt;  // when it is done
    Executor* home;
    bool is_done = false;
  };

  struct Give {
    TurnPromises& promises;
    Job job;
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> self) {
      job.home = self.promise().executor;
      promises.jobs_.add(&job);
      job.home->post(self);
    }
    Receipt await_resume() {
      if (!job.is_done) promises.run(job.home);
      return std::move(job.receipt);
    }
  };

  // Does all jobs of `home`, on its thread.
  void run(const Executor* home);

  const merkle::Signer& signer_;
  const Clock& clock_;
  TurnJobs<Job> jobs_;
};

}  // namespace muzn::audit
