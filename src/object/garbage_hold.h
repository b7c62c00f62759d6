// Keeps what became garbage: while a hold is there, the sweeper discards no blob that a committed
// version, manifest or upload ever named, so that rows as they were when it was taken stay whole.
//
// Why it need not wait for a sweep that runs: the sweeper looks for holds after it has read the row
// that calls something garbage. Where it saw none, that row was there before the hold, and so
// before anything that its owner reads.
#pragma once
#include <atomic>
#include <memory>
#include <utility>

namespace muzn::object {

using HoldCount = std::atomic<int>;

// Threads: may be taken and dropped on any. Many may be there at once.
class GarbageHold {
 public:
  explicit GarbageHold(std::shared_ptr<HoldCount> count) : count_(std::move(count)) { ++*count_; }
  GarbageHold(GarbageHold&& other) noexcept : count_(std::move(other.count_)) {}
  GarbageHold& operator=(GarbageHold&&) = delete;
  GarbageHold(const GarbageHold&) = delete;
  GarbageHold& operator=(const GarbageHold&) = delete;
  ~GarbageHold() {
    if (count_) --*count_;
  }

 private:
  std::shared_ptr<HoldCount> count_;  // shared: a hold may outlive its store
};

}  // namespace muzn::object
