// Turns at the end of a log: one at a time, and whoever is at work takes along entries of those who
// wait, so that many are written by one commit.
#pragma once
#include <coroutine>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/task.h"
#include "merkle/hash.h"

namespace muzn::tlog {

// What somebody wants to do. Lives in the frame of its coroutine until that goes on.
struct Turn {
  std::vector<std::string> entries;  // none: it wants to be alone
  std::vector<merkle::Hash> hashes;  // of the entries, as leaves
  std::size_t bytes = 0;             // of the entries
  bool is_leader = false;            // it is its turn; else it was taken along, with this
  Result<std::uint64_t> result = 0;  // the index of its first entry

  Executor* executor = nullptr;  // set by Turns, as all below
  std::coroutine_handle<> handle = nullptr;
};

// Threads: safe. A turn goes on on its own executor.
class Turns {
 public:
  class Entry {
   public:
    Entry(Turns& turns, Turn& turn) : turns_(turns), turn_(turn) {}
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> self) {
      const std::lock_guard lock(turns_.mutex_);
      turn_.executor = self.promise().executor;
      turn_.handle = self;
      turn_.is_leader = !std::exchange(turns_.busy_, true);
      if (turn_.is_leader) return false;
      turns_.waiting_.push_back(&turn_);
      return true;
    }
    void await_resume() const noexcept {}

   private:
    Turns& turns_;
    Turn& turn_;
  };

  // co_await turns.enter(turn)  goes on when it is the turn's time (is_leader), or when another one
  // has done its work.
  Entry enter(Turn& turn) { return {*this, turn}; }

  // For the leader: those who wait next and bring entries, as long as all together have at most
  // `entries_max` of them and `bytes_max`, `leader`'s own included. The leader answers them.
  std::vector<Turn*> take_along(const Turn& leader, std::size_t entries_max, std::size_t bytes_max);
  // Answers one of those; it may be gone when this returns.
  static void answer(Turn& turn, Result<std::uint64_t> result) {
    turn.result = std::move(result);
    turn.executor->post(turn.handle);
  }
  // The leader is through.
  void leave();

 private:
  std::mutex mutex_;  // guards all below
  bool busy_ = false;
  std::deque<Turn*> waiting_;
};

}  // namespace muzn::tlog
