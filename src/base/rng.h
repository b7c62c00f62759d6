// Randomness as an interface, so that the same code runs under a seed in tests.
#pragma once
#include <span>
#include <string>

namespace muzn {

class Rng {
 public:
  virtual ~Rng() = default;
  // Fills `out` with unpredictable bytes. Threads: safe. Never fails (the process aborts instead).
  virtual void fill(std::span<char> out) = 0;

  std::string bytes(std::size_t count) {
    std::string out(count, '\0');
    fill(out);
    return out;
  }
};

}  // namespace muzn
