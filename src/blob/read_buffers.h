// Memory for reads that nobody keeps, used again: touching new memory costs more than the copy into
// it. Threads: safe.
#pragma once
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

namespace muzn::blob {

class ReadBuffers {
 public:
  explicit ReadBuffers(std::size_t bytes) : bytes_(bytes) {}

  // Of `bytes`, not zeroed. Comes back by itself; must not outlive this.
  std::shared_ptr<char> take() {
    std::unique_ptr<char[]> out;
    {
      const std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        out = std::move(idle_.back());
        idle_.pop_back();
      }
    }
    if (!out) out = std::make_unique_for_overwrite<char[]>(bytes_);
    return {out.release(), [this](char* bytes) { give(std::unique_ptr<char[]>(bytes)); }};
  }

 private:
  // So many stay allocated when nothing is read.
  static constexpr std::size_t kIdleMax = 16;

  void give(std::unique_ptr<char[]> bytes) {
    const std::lock_guard lock(mutex_);
    if (idle_.size() < kIdleMax) idle_.push_back(std::move(bytes));
  }

  const std::size_t bytes_;
  std::mutex mutex_;  // guards idle_
  std::vector<std::unique_ptr<char[]>> idle_;
};

}  // namespace muzn::blob
