// The real clock and random source. Constructed by server/, cli/ and tests only.
#pragma once
#include "base/rng.h"
#include "base/time.h"

namespace muzn {

class SystemClock final : public Clock {
 public:
  Time now() const override;
  std::int64_t monotonic_micros() const override;
};

// getrandom(2).
class SystemRng final : public Rng {
 public:
  void fill(std::span<char> out) override;
};

}  // namespace muzn
