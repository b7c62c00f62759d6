// SHA-256 (FIPS 180-4) of short pieces without an allocation: for trees, which hash millions.
#pragma once
#include <array>
#include <initializer_list>
#include <string_view>

namespace muzn::crypto {

inline constexpr std::size_t kSha256Bytes = 32;
using Sha256Sum = std::array<char, kSha256Bytes>;

// Of the pieces one after the other.
Sha256Sum sha256_sum(std::initializer_list<std::string_view> pieces);

}  // namespace muzn::crypto
