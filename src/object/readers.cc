#include "object/readers.h"

#include <chrono>
#include <functional>
#include <thread>

#include "base/error.h"

namespace muzn::object {

std::atomic<std::int64_t>& Readers::count_of_this_thread() {
  const std::size_t thread = std::hash<std::thread::id>{}(std::this_thread::get_id());
  return looking_.at(thread % kStripes).counts.at(generation_.load() % 2);
}

Readers::Look::Look(Readers& readers) : count_(readers.count_of_this_thread()) {
  ++count_;
}

Readers::Look::~Look() {
  --count_;
}

Readers::Holds& Readers::holds_of(std::string_view name) {
  return holds_.at(std::hash<std::string_view>{}(name) % kStripes);
}
const Readers::Holds& Readers::holds_of(std::string_view name) const {
  return holds_.at(std::hash<std::string_view>{}(name) % kStripes);
}

Readers::Hold::Hold(Readers& readers, std::string name)
    : readers_(&readers), name_(std::move(name)) {
  Holds& holds = readers.holds_of(name_);
  const std::lock_guard lock(holds.mutex);
  ++holds.counts[name_];
}

Readers::Hold::~Hold() {
  if (readers_ == nullptr) return;
  Holds& holds = readers_->holds_of(name_);
  const std::lock_guard lock(holds.mutex);
  const auto found = holds.counts.find(name_);
  CHECK(found != holds.counts.end());
  if (--found->second == 0) holds.counts.erase(found);
}

// Who looks now is counted in one of the two. Each is seen empty once: those of now have left it
// then, and who came meanwhile reads rows as they are now or later.
bool Readers::wait_for_looks() {
  const std::size_t first = generation_.fetch_add(1) % 2;
  if (!wait_for(first)) return false;
  ++generation_;  // others go to the first again
  return wait_for(1 - first);
}

bool Readers::wait_for(std::size_t generation) {
  int naps = 0;
  for (Looking& looking : looking_) {
    // A write, although it changes nothing: who counts itself after it sees what this thread saw,
    // the garbage's row too.
    while (looking.counts.at(generation).fetch_add(0) != 0) {
      if (++naps > kNapsMax) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
  return true;
}

bool Readers::is_held(std::string_view name) const {
  const Holds& holds = holds_of(name);
  const std::lock_guard lock(holds.mutex);
  return holds.counts.contains(std::string(name));
}

}  // namespace muzn::object
