#include "sim/together.h"

#include <algorithm>

namespace muzn::sim {

void Together::post(std::coroutine_handle<> handle) {
  const std::lock_guard lock(mutex_);
  ready_.push_back(handle);
  wake_.notify_one();
}

Task<void> Together::count(Task<void> verb, std::size_t* running) {
  co_await std::move(verb);
  --*running;
}

std::coroutine_handle<> Together::take(std::deque<std::coroutine_handle<>>& from) {
  const auto at = from.begin() + static_cast<std::ptrdiff_t>(rng_() % from.size());
  const std::coroutine_handle<> out = *at;
  from.erase(at);
  return out;
}

void Together::wait(std::size_t posted) {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [&] { return is_held_ || ready_.size() >= posted; });
}

void Together::run(std::vector<Task<void>> verbs) {
  running_ = verbs.size();
  for (Task<void>& verb : verbs) spawn(*this, count(std::move(verb), &running_));
  while (running_ > 0) {
    // All that is under way elsewhere, which is one job of the pool, comes to its end first.
    wait(running_ - at_gate_.size());
    // Mostly so: many commits that wait make groups.
    const bool goes_on = at_gate_.empty() || (at_gate_.size() < running_ && rng_() % 4 != 0);
    if (!goes_on) {
      commit_group();
      continue;
    }
    std::coroutine_handle<> next;
    {
      const std::lock_guard lock(mutex_);
      next = take(ready_);
    }
    next.resume();
  }
}

// Some of the commits that wait: the first that writes is a group of its own, since the committer
// takes it at once and the disk holds it there, and the others that come meanwhile are the next.
void Together::commit_group() {
  const std::size_t count = rng_() % 2 == 0 ? at_gate_.size() : 1 + rng_() % at_gate_.size();
  std::size_t posted = 0;
  {
    const std::lock_guard lock(mutex_);
    posted = ready_.size();
    is_held_ = false;
  }
  disk_.hold([this] {
    const std::lock_guard lock(mutex_);
    is_held_ = true;
    wake_.notify_one();
  });
  std::size_t behind = 0;  // the one that is held
  for (std::size_t i = 0; i < count; ++i) {
    {
      const std::lock_guard lock(mutex_);
      behind += is_held_ ? 1 : 0;
    }
    take(at_gate_).resume();
    wait(++posted);
  }
  largest_group_ = std::max(largest_group_, behind);
  {
    const std::lock_guard lock(mutex_);
    is_held_ = false;
  }
  disk_.release();
  wait(posted);
}

}  // namespace muzn::sim
