// Time as a value. Code that needs the present takes a Clock; only server/ and tests make one.
#pragma once
#include <chrono>
#include <cstdint>

namespace muzn {

// Wall-clock instant, microseconds since 1970-01-01T00:00:00Z. Used for signatures, Last-Modified
// and retention; never for timeouts.
using Time = std::chrono::sys_time<std::chrono::microseconds>;

constexpr std::int64_t to_micros(Time time) {
  return time.time_since_epoch().count();
}
constexpr Time from_micros(std::int64_t micros) {
  return Time{std::chrono::microseconds{micros}};
}
constexpr Time from_seconds(std::int64_t seconds) {
  return Time{std::chrono::seconds{seconds}};
}

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time now() const = 0;
  // Monotonic microseconds from an arbitrary start, for timeouts and latencies.
  virtual std::int64_t monotonic_micros() const = 0;
};

}  // namespace muzn
