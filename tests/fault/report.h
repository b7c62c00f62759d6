// What the tests on the simulated disk share: seeds, and a line about how much was done.
#pragma once
#include <chrono>
#include <iostream>

#include "seed.h"
#include "sim/life.h"

namespace muzn::sim {

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
