// How fast the scrub may go. Pure: time comes in.
#pragma once
#include <cstdint>

namespace muzn::server {

// A token bucket, kept as the moment up to which all work is paid. While clients wait for answers
// (`busy`) a byte costs kBusyFactor times as much, so that the disk and the processors are theirs.
class ScrubPace {
 public:
  static constexpr std::int64_t kBusyFactor = 8;
  // What idle time is worth: so much work at most comes at once.
  static constexpr std::int64_t kBurstMicros = 50'000;

  // REQUIRES bytes_per_second > 0.
  explicit ScrubPace(std::uint64_t bytes_per_second) : bytes_per_second_(bytes_per_second) {}

  // Pays for work of so many bytes; returns how long to wait before the next, in microseconds.
  // `now_micros` is monotonic.
  std::int64_t spend(std::uint64_t bytes, bool busy, std::int64_t now_micros);

 private:
  const std::uint64_t bytes_per_second_;
  std::int64_t paid_until_micros_ = 0;
};

}  // namespace muzn::server
