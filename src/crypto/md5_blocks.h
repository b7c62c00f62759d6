// The compression function of MD5 (RFC 1321), on one digest or on several at once: a step of MD5
// waits for the one before, so lanes of independent digests cost hardly more than one. The ETag of
// S3 is an MD5, which is the dearest part of storing large bodies.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace muzn::crypto {

inline constexpr std::size_t kMd5BlockBytes = 64;
inline constexpr std::size_t kMd5LanesMax = 16;

using Md5State = std::array<std::uint32_t, 4>;
inline constexpr Md5State kMd5Start = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};

// Ways to compute it; all give the same result. kFour is SSE2 on x86-64 and NEON on arm64.
enum class Md5Path : std::uint8_t { kOne, kFour, kEightAvx2, kSixteenAvx512 };

// Whether this CPU can take the path.
bool md5_supported(Md5Path path);
// Digests that the path advances at once.
std::size_t md5_lanes(Md5Path path);

// One of several digests: its state, and where its next bytes are.
struct Md5Lane {
  Md5State* state = nullptr;
  const char* bytes = nullptr;
};

// Advances each lane's state by the `count` blocks at its bytes. The first form takes the fastest
// supported path for so many lanes. REQUIRES 1 to kMd5LanesMax lanes; in the second form
// md5_supported(path) and at most md5_lanes(path).
void md5_blocks(std::span<const Md5Lane> lanes, std::size_t count);
void md5_blocks(Md5Path path, std::span<const Md5Lane> lanes, std::size_t count);
// How many of `waiting` digests it pays to advance together: lanes that stand empty cost as much
// as full ones.
std::size_t md5_lanes_for(std::size_t waiting);

}  // namespace muzn::crypto
