#include "server/sweeper.h"

#include <chrono>
#include <string>

namespace muzn::server {
namespace {

// From a pass to the next, whatever asks for it: each begins with a look at all readers.
constexpr auto kPauseMin = std::chrono::milliseconds(20);
constexpr std::int64_t kPoliteFactor = 3;

}  // namespace

std::int64_t rest_after(std::int64_t worked, std::uint64_t made, std::uint64_t made_max) {
  if (made < made_max) return worked * kPoliteFactor;
  return made < 2 * made_max ? worked : 0;
}

void Sweeper::start(object::Store& objects) {
  thread_ = std::thread([this, &objects] { work(objects); });
}

void Sweeper::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

// Of passes of fresh garbage, of which there may be many in a second, the whole one tells.
void Sweeper::work(object::Store& objects) {
  std::uint64_t discarded = 0;
  Next next = Next::kWhole;
  Clock::time_point whole_due;
  do {
    made_ = 0;
    const bool is_whole = next == Next::kWhole;
    if (is_whole) whole_due = Clock::now() + std::chrono::seconds(options_.period_seconds);
    const auto swept = run_sync(is_whole ? objects.sweep() : objects.sweep_fresh());
    discarded += swept.value_or(0);
    blobs_total_ += swept.value_or(0);
    if (is_whole && !swept) log_.warn("sweep failed", {{"error", swept.error().what}});
    if (is_whole && discarded > 0) {
      log_.info("swept", {{"blobs", std::to_string(std::exchange(discarded, 0))}});
    }
    next = wait(whole_due);
  } while (next != Next::kStop);
}

Sweeper::Next Sweeper::wait(Clock::time_point whole_due) {
  if (!pause(kPauseMin)) return Next::kStop;
  std::unique_lock lock(mutex_);
  const bool is_asked = wake_.wait_until(
      lock, whole_due, [this] { return stopping_ || made_ >= options_.garbage_bytes_max; });
  if (stopping_) return Next::kStop;
  // However much is asked for, the whole one has its time.
  return is_asked && Clock::now() < whole_due ? Next::kFresh : Next::kWhole;
}

bool Sweeper::pause(std::chrono::microseconds time) {
  std::unique_lock lock(mutex_);
  return !wake_.wait_for(lock, time, [this] { return stopping_; });
}

void Sweeper::made_garbage(std::uint64_t bytes) {
  made_total_ += bytes;
  const std::uint64_t before = made_.fetch_add(bytes);
  if (before >= options_.garbage_bytes_max || before + bytes < options_.garbage_bytes_max) return;
  const std::lock_guard lock(mutex_);
  wake_.notify_all();
}

bool Sweeper::spend(std::int64_t micros) {
  const std::int64_t rest = busy_() ? rest_after(micros, made_, options_.garbage_bytes_max) : 0;
  return pause(std::chrono::microseconds(rest));
}

std::vector<Gauge> Sweeper::gauges() const {
  return {
      {"muzn_garbage_bytes_total", "Bytes that were replaced or deleted.", "counter",
       static_cast<double>(made_total_)},
      {"muzn_swept_blobs_total", "Blobs that the sweeper discarded.", "counter",
       static_cast<double>(blobs_total_)},
  };
}

}  // namespace muzn::server
