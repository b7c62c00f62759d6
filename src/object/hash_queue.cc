#include "object/hash_queue.h"

#include <algorithm>
#include <chrono>

namespace muzn::object {
namespace {

// Fewer bodies gain little from waiting for each other.
constexpr std::size_t kGatherBodiesMin = 4;
// What a loop needs to receive the pieces of a dozen bodies: 0.2 ms each.
constexpr std::chrono::milliseconds kGatherTime{4};
// So that gathering in vain, for clients that are slow, costs some percent at most and then less:
// a take is 0.1 ms of work.
constexpr std::size_t kPauseMin = 256;
constexpr std::size_t kPauseMax = 4096;

}  // namespace

HashQueue::Body::Body(HashQueue& queue) : queue_(queue) {
  const std::lock_guard lock(queue_.mutex_);
  ++queue_.bodies_;
}

HashQueue::Body::~Body() {
  const std::lock_guard lock(queue_.mutex_);
  --queue_.bodies_;
  queue_.more_.notify_all();
}

HashQueue::HashQueue(Pool& pool)
    : pool_(pool), runners_max_(std::max(1U, std::thread::hardware_concurrency())) {}

HashQueue::~HashQueue() {
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [this] { return runners_ == 0; });
  CHECK(waiting_.empty());
}

void HashQueue::submit(Job* job) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(job);
    more_.notify_one();
    // Another runner only when those there have all the lanes that they can use.
    if (runners_ == runners_max_ || (runners_ > 0 && waiting_.size() < crypto::kMd5LanesMax)) {
      return;
    }
    ++runners_;
  }
  pool_.submit([this] { run(); });
}

// Three quarters: the last of many may be long in coming.
bool HashQueue::is_enough(std::size_t busy) const {
  const std::size_t lanes = std::min(bodies_, crypto::kMd5LanesMax);
  return bodies_ < kGatherBodiesMin || busy + waiting_.size() >= lanes * 3 / 4;
}

void HashQueue::gather(std::unique_lock<std::mutex>& lock, std::size_t busy) {
  if (busy + waiting_.size() == 0 || is_enough(busy)) return;
  if (pause_left_ > 0) {
    --pause_left_;
    return;
  }
  const bool came = more_.wait_for(lock, kGatherTime, [&] { return is_enough(busy); });
  pause_ = came ? 0 : std::clamp(2 * pause_, kPauseMin, kPauseMax);
  pause_left_ = pause_;
}

std::vector<HashQueue::Job*> HashQueue::take(std::size_t busy) {
  std::unique_lock lock(mutex_);
  gather(lock, busy);
  const std::size_t count = std::min(waiting_.size(), crypto::kMd5LanesMax - busy);
  const auto end = waiting_.begin() + static_cast<long>(count);
  std::vector<Job*> out(waiting_.begin(), end);
  waiting_.erase(waiting_.begin(), end);
  if (busy + count == 0 && --runners_ == 0) idle_.notify_all();
  return out;
}

void HashQueue::run() {
  crypto::Md5Lanes lanes;
  for (;;) {
    const std::vector<Job*> jobs = take(crypto::kMd5LanesMax - lanes.room());
    for (Job* job : jobs) {
      job->set->update(crypto::Cost::kLight, job->bytes);
      lanes.add(*job->set->md5(), job->bytes, job);
    }
    if (lanes.empty()) return;
    for (void* tag : lanes.step()) {
      const auto* job = static_cast<Job*>(tag);
      // The job dies as soon as its coroutine runs.
      Executor* const home = job->home;
      home->post(job->waiter);
    }
  }
}

}  // namespace muzn::object
