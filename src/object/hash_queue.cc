#include "object/hash_queue.h"

#include <algorithm>

namespace muzn::object {

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
    // Another runner only when those there have all the lanes that they can use.
    if (runners_ == runners_max_ || (runners_ > 0 && waiting_.size() < crypto::kMd5LanesMax)) {
      return;
    }
    ++runners_;
  }
  pool_.submit([this] { run(); });
}

HashQueue::Job* HashQueue::take(bool last) {
  const std::lock_guard lock(mutex_);
  if (waiting_.empty()) {
    if (last && --runners_ == 0) idle_.notify_all();
    return nullptr;
  }
  Job* const out = waiting_.front();
  waiting_.pop_front();
  return out;
}

void HashQueue::run() {
  crypto::Md5Lanes lanes;
  for (;;) {
    while (lanes.room() > 0) {
      Job* const job = take(lanes.empty());
      if (job == nullptr && lanes.empty()) return;
      if (job == nullptr) break;
      job->set->update(crypto::Cost::kLight, job->bytes);
      lanes.add(*job->set->md5(), job->bytes, job);
    }
    for (void* tag : lanes.step()) {
      const auto* job = static_cast<Job*>(tag);
      // The job dies as soon as its coroutine runs.
      Executor* const home = job->home;
      home->post(job->waiter);
    }
  }
}

}  // namespace muzn::object
