#include "tlog/turns.h"

namespace muzn::tlog {

std::vector<Turn*> Turns::take_along(const Turn& leader, std::size_t entries_max,
                                     std::size_t bytes_max) {
  std::vector<Turn*> out;
  std::size_t entries = leader.entries.size();
  std::size_t bytes = leader.bytes;
  const std::lock_guard lock(mutex_);
  while (!waiting_.empty() && !waiting_.front()->entries.empty()) {
    entries += waiting_.front()->entries.size();
    bytes += waiting_.front()->bytes;
    if (entries > entries_max || bytes > bytes_max) break;
    out.push_back(waiting_.front());
    waiting_.pop_front();
  }
  return out;
}

void Turns::leave() {
  Turn* next = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty()) {
      busy_ = false;
      return;
    }
    next = waiting_.front();
    waiting_.pop_front();
    next->is_leader = true;
  }
  next->executor->post(next->handle);
}

}  // namespace muzn::tlog
