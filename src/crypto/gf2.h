// Arithmetic modulo a CRC polynomial over GF(2), in the reflected form that CRCs use: the highest
// bit of a value is the coefficient of x^0.
#pragma once
#include <cstdint>

namespace muzn::crypto {

struct Gf2Field {
  std::uint64_t polynomial = 0;  // reflected, without the leading term
  std::uint64_t one = 0;         // 1 << (width - 1)

  constexpr std::uint64_t times_x(std::uint64_t a) const {
    return (a & 1U) != 0 ? a >> 1 ^ polynomial : a >> 1;
  }

  constexpr std::uint64_t multiply(std::uint64_t a, std::uint64_t b) const {
    std::uint64_t product = 0;
    for (std::uint64_t bit = one; bit != 0; bit >>= 1) {
      if ((a & bit) != 0) product ^= b;
      b = times_x(b);
    }
    return product;
  }

  // x^exponent, in time logarithmic in the exponent.
  constexpr std::uint64_t x_power(std::uint64_t exponent) const {
    return power(one >> 1, exponent);
  }

  constexpr std::uint64_t power(std::uint64_t base, std::uint64_t exponent) const {
    std::uint64_t result = one;
    for (; exponent != 0; exponent >>= 1) {
      if ((exponent & 1U) != 0) result = multiply(result, base);
      base = multiply(base, base);
    }
    return result;
  }
};

}  // namespace muzn::crypto
