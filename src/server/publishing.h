// Publishes the public log: a thread that signs its newest head, has the witnesses of the policy
// cosign it, and makes the checkpoint public when the quorum is there.
//
// With witnesses it signs nothing before a quorum of them has cosigned what was signed last: where
// one has seen more, this store is an older copy, and the log is frozen, since what it would sign
// now could contradict what it signed before.
#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <coroutine>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "egress/door.h"
#include "server/log.h"
#include "server/metrics.h"
#include "server/trouble.h"
#include "tlog/publisher.h"
#include "witness/client.h"

namespace muzn::server {

struct PublishingOptions {
  std::chrono::milliseconds wait{10'000};  // that who waits for a quorum waits at most
  // Between checkpoints when nobody waits, and between attempts without a quorum.
  std::chrono::milliseconds period{1'000};
  // A checkpoint without new entries is cosigned again, since readers refuse a stale one.
  std::chrono::seconds refresh{240};
  witness::AskOptions ask;
};

class Publishing final : public tlog::Publisher {
 public:
  // `door`: towards the policy's witnesses; nullopt when it has none. All else is borrowed.
  Publishing(tlog::Log& ledger, const merkle::Policy& policy, std::optional<egress::Door> door,
             const Clock& clock, Log& log, const PublishingOptions& options)
      : ledger_(ledger),
        policy_(policy),
        door_(std::move(door)),
        clock_(clock),
        options_(options),
        known_sizes_(policy.witnesses.size(), 0),
        guarded_(!policy.needs_witnesses),
        trouble_(log, "the public log can't be published", "the public log is published again"),
        good_size_(published_so_far()) {}
  ~Publishing() override { stop(); }
  Publishing(const Publishing&) = delete;
  Publishing& operator=(const Publishing&) = delete;

  // Begins to publish; so does whoever waits first. Until then nothing is signed. Idempotent.
  void start();
  // Who waits gets kUnavailable. Idempotent.
  void stop();
  // Called on the thread after each publication.
  void on_published(std::function<void()> listener);

  Task<Result<void>> publish(std::uint64_t size) override;
  Result<void> may_grow() const override;
  std::vector<Gauge> gauges() const;

 private:
  using Clock_ = std::chrono::steady_clock;
  struct Waiter {
    std::uint64_t size = 0;
    Clock_::time_point deadline;
    Result<void> result;
    Executor* executor = nullptr;
    std::coroutine_handle<> handle = nullptr;
  };
  class Entry {
   public:
    Entry(Publishing& publishing, Waiter& waiter) : publishing_(publishing), waiter_(waiter) {}
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> self) {
      waiter_.executor = self.promise().executor;
      waiter_.handle = self;
      return publishing_.enter(waiter_);
    }
    void await_resume() const noexcept {}

   private:
    Publishing& publishing_;
    Waiter& waiter_;
  };

  std::uint64_t published_so_far() const;
  bool enter(Waiter& waiter);
  void start_in_turn();  // REQUIRES the mutex
  void work();
  bool wait();
  bool is_due() const;
  Result<void> round();
  Result<void> guard();
  Result<std::string> cosign(std::string checkpoint);
  void freeze(const std::string& why);
  void answer();

  tlog::Log& ledger_;
  const merkle::Policy& policy_;
  const std::optional<egress::Door> door_;
  const Clock& clock_;
  const PublishingOptions options_;

  // Of the thread.
  std::vector<std::uint64_t> known_sizes_;
  bool guarded_;  // a quorum has seen nothing that this store lacks
  Clock_::time_point published_at_{};
  Trouble trouble_;

  // Of the published checkpoint, if it is what the policy asks for: a new policy may ask for more.
  std::atomic<std::uint64_t> good_size_;

  mutable std::mutex mutex_;  // guards all below
  std::condition_variable wake_;
  bool stopping_ = false;
  bool failed_ = false;  // the last round
  std::string frozen_;   // why, "" = it is not
  std::vector<Waiter*> waiting_;
  std::function<void()> listener_;
  std::thread thread_;
};

}  // namespace muzn::server
