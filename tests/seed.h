// Numbers of randomised tests from the environment, and fresh ones.
#pragma once
#include <cstdint>
#include <cstdlib>

#include "base/system.h"

namespace muzn {

inline std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

inline std::uint64_t fresh_seed() {
  std::uint64_t seed = 0;
  for (const char c : SystemRng().bytes(4)) seed = seed << 8 | static_cast<unsigned char>(c);
  return seed;
}

}  // namespace muzn
