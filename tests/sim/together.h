// Several verbs in flight at once, in an order that one seed decides: at each moment one of them
// goes on, and commits that wait become durable in groups that are chosen, not met by chance.
#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <random>
#include <vector>

#include "base/task.h"
#include "meta/store.h"
#include "sim/disk.h"
#include "unit/meta/forwarding_store.h"

namespace muzn::sim {

// The executor of the verbs. Nothing happens on the disk but by the one verb whose turn it is, or
// by the committer for one group. REQUIRES that verbs wait for nothing but commits and a pool of
// one thread.
class Together final : public Executor {
 public:
  Together(Disk& disk, std::uint64_t seed) : disk_(disk), rng_(seed) {}

  void post(std::coroutine_handle<> handle) override;
  // Runs all to their ends.
  void run(std::vector<Task<void>> verbs);
  // The most commits that one sync of the log made durable.
  std::size_t largest_group() const { return largest_group_; }

  // co_await together.gate(): waits to be part of a group.
  auto gate() {
    struct Gate {
      Together& together;
      bool await_ready() const noexcept { return false; }
      void await_suspend(std::coroutine_handle<> self) { together.at_gate_.push_back(self); }
      void await_resume() const noexcept {}
    };
    return Gate{*this};
  }

 private:
  static Task<void> count(Task<void> verb, std::size_t* running);
  std::coroutine_handle<> take(std::deque<std::coroutine_handle<>>& from);
  // Until `posted` handles are ready, or the disk holds the committer.
  void wait(std::size_t posted);
  void commit_group();

  Disk& disk_;
  std::mt19937_64 rng_;
  std::size_t largest_group_ = 0;
  std::size_t running_ = 0;                      // verbs that have not ended
  std::deque<std::coroutine_handle<>> at_gate_;  // of verbs that want to commit
  std::mutex mutex_;                             // guards ready_ and is_held_
  std::condition_variable wake_;
  std::deque<std::coroutine_handle<>> ready_;
  bool is_held_ = false;
};

// Rows whose commits pass the gate of `together`, while there is one.
class GatedRows final : public meta::ForwardingStore {
 public:
  explicit GatedRows(meta::Store& below) : ForwardingStore(below) {}
  void set(Together* together) { together_ = together; }

  Task<Result<void>> commit(meta::Commit commit) override {
    if (together_ != nullptr) co_await together_->gate();
    co_return co_await below().commit(std::move(commit));
  }
  Task<Result<void>> destroy(meta::ShardId shard) override {
    if (together_ != nullptr) co_await together_->gate();
    co_return co_await below().destroy(shard);
  }

 private:
  Together* together_ = nullptr;
};

}  // namespace muzn::sim
