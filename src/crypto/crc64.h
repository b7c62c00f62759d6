// CRC-64/NVME (NVM Express NVM Command Set specification 1.0, "64b CRC"): polynomial
// 0xAD93D23594C93659, reflected, initial value and final exclusive-or all ones. isa-l 2.30 lacks
// it.
#pragma once
#include <cstdint>
#include <string_view>

namespace muzn::crypto {

inline constexpr std::uint64_t kCrc64NvmePolynomial = 0x9A6C9329AC4BC9B5ULL;  // reflected

// Ways to compute it; all give the same result.
enum class Crc64Path : std::uint8_t { kTable, kPclmul, kVpclmul };

// Whether this CPU can take the path.
bool crc64_supported(Crc64Path path);

// CRC of a‖bytes from crc(a); crc("") is 0. The first form takes the fastest supported path; the
// second REQUIRES crc64_supported(path).
std::uint64_t crc64_nvme(std::uint64_t crc, std::string_view bytes);
std::uint64_t crc64_nvme(Crc64Path path, std::uint64_t crc, std::string_view bytes);

}  // namespace muzn::crypto
