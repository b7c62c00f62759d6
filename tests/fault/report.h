// What the tests on the simulated disk share: seeds, counts from the environment, and a line about
// how much was done.
#pragma once
#include <chrono>
#include <cstdlib>
#include <iostream>

#include "base/system.h"
#include "sim/life.h"

namespace muzn::sim {

inline std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

inline std::uint64_t fresh_seed() {
  std::uint64_t seed = 0;
  for (const char c : SystemRng().bytes(4)) seed = seed << 8 | static_cast<unsigned char>(c);
  return seed;
}

class Report {
 public:
  explicit Report(const char* name) : name_(name) {}
  Report(const Report&) = delete;
  Report& operator=(const Report&) = delete;
  ~Report() {
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - since_).count();
    std::cout << name_ << ": " << count.states << " crash states, " << count.distinct
              << " distinct, in " << seconds << " s, "
              << static_cast<double>(count.distinct) / seconds << " recoveries/s" << std::endl;
  }
  Count count;

 private:
  const char* name_;
  const std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
};

}  // namespace muzn::sim
