#include "crypto/crc64.h"

#include <array>
#include <bit>
#include <cstring>

#include "base/error.h"
#include "crypto/gf2.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// The functions below named *_state take and give the CRC without its final exclusive-or, so that
// folding can start and stop anywhere.
namespace muzn::crypto {
namespace {

static_assert(std::endian::native == std::endian::little, "words are loaded little-endian");

constexpr Gf2Field kField{.polynomial = kCrc64NvmePolynomial, .one = 1ULL << 63};

using Table = std::array<std::array<std::uint64_t, 256>, 8>;

// kTable[k][b]: the state after byte b and k zero bytes ("slicing by 8").
constexpr Table make_table() {
  Table table{};
  for (std::uint64_t byte = 0; byte < 256; ++byte) {
    std::uint64_t state = byte;
    for (int i = 0; i < 8; ++i) state = kField.times_x(state);
    table[0][byte] = state;
  }
  for (std::size_t k = 1; k < 8; ++k) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint64_t before = table[k - 1][byte];
      table[k][byte] = table[0][before & 0xFFU] ^ before >> 8;
    }
  }
  return table;
}
constexpr Table kTable = make_table();

std::uint64_t table_state(std::uint64_t state, std::string_view bytes) {
  while (bytes.size() >= sizeof(state)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), sizeof(word));
    word ^= state;
    state = 0;
    for (std::size_t i = 0; i < 8; ++i) state ^= kTable[7 - i][word >> (8 * i) & 0xFFU];
    bytes.remove_prefix(sizeof(state));
  }
  for (const char c : bytes) {
    state = kTable[0][(state ^ static_cast<std::uint8_t>(c)) & 0xFFU] ^ state >> 8;
  }
  return state;
}

#if defined(__x86_64__)

// Folding (Gopal et al., "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ", Intel
// 2009): a 128-bit lane is moved `distance` bits up by multiplying its halves with x^distance and
// x^(distance + 64). The exponents are one less because a product of reflected operands comes out
// shifted by one bit.
struct FoldKeys {
  std::uint64_t low = 0;   // for the low half, whose bits are the higher powers
  std::uint64_t high = 0;  // for the high half
};
constexpr FoldKeys fold_keys(std::uint64_t distance) {
  return {.low = kField.x_power(distance + 64 - 1), .high = kField.x_power(distance - 1)};
}
constexpr FoldKeys kFold512 = fold_keys(512);
constexpr FoldKeys kFold2048 = fold_keys(2048);

constexpr std::size_t kPclmulBlock = 64;    // four lanes of 16 bytes
constexpr std::size_t kVpclmulBlock = 256;  // four registers of four lanes

__attribute__((target("pclmul"))) inline __m128i load128(const char* from) {
  __m128i lane;
  std::memcpy(&lane, from, sizeof(lane));
  return lane;
}

__attribute__((target("pclmul"))) std::uint64_t pclmul_state(std::uint64_t state,
                                                             std::string_view bytes) {
  if (bytes.size() < 2 * kPclmulBlock) return table_state(state, bytes);
  std::array<__m128i, 4> lanes;
  for (std::size_t i = 0; i < 4; ++i) lanes[i] = load128(bytes.data() + 16 * i);
  lanes[0] = _mm_xor_si128(lanes[0], _mm_set_epi64x(0, static_cast<long long>(state)));
  bytes.remove_prefix(kPclmulBlock);
  const __m128i keys =
      _mm_set_epi64x(static_cast<long long>(kFold512.high), static_cast<long long>(kFold512.low));
  while (bytes.size() >= kPclmulBlock) {
    for (std::size_t i = 0; i < 4; ++i) {
      const __m128i low = _mm_clmulepi64_si128(lanes[i], keys, 0x00);
      const __m128i high = _mm_clmulepi64_si128(lanes[i], keys, 0x11);
      lanes[i] = _mm_xor_si128(_mm_xor_si128(low, high), load128(bytes.data() + 16 * i));
    }
    bytes.remove_prefix(kPclmulBlock);
  }
  // The lanes stand for all bytes read so far: their CRC from zero is the state.
  std::array<char, kPclmulBlock> folded;
  std::memcpy(folded.data(), lanes.data(), folded.size());
  return table_state(table_state(0, {folded.data(), folded.size()}), bytes);
}

__attribute__((target("avx512f,vpclmulqdq,pclmul"))) inline __m512i load512(const char* from) {
  __m512i lanes;
  std::memcpy(&lanes, from, sizeof(lanes));
  return lanes;
}

__attribute__((target("avx512f,vpclmulqdq,pclmul"))) std::uint64_t vpclmul_state(
    std::uint64_t state, std::string_view bytes) {
  if (bytes.size() < 2 * kVpclmulBlock) return pclmul_state(state, bytes);
  std::array<__m512i, 4> lanes;
  for (std::size_t i = 0; i < 4; ++i) lanes[i] = load512(bytes.data() + 64 * i);
  lanes[0] = _mm512_xor_si512(
      lanes[0], _mm512_zextsi128_si512(_mm_set_epi64x(0, static_cast<long long>(state))));
  bytes.remove_prefix(kVpclmulBlock);
  const __m512i keys = _mm512_broadcast_i32x4(_mm_set_epi64x(
      static_cast<long long>(kFold2048.high), static_cast<long long>(kFold2048.low)));
  constexpr int kXorOfThree = 0x96;
  while (bytes.size() >= kVpclmulBlock) {
    for (std::size_t i = 0; i < 4; ++i) {
      const __m512i low = _mm512_clmulepi64_epi128(lanes[i], keys, 0x00);
      const __m512i high = _mm512_clmulepi64_epi128(lanes[i], keys, 0x11);
      lanes[i] = _mm512_ternarylogic_epi64(low, high, load512(bytes.data() + 64 * i), kXorOfThree);
    }
    bytes.remove_prefix(kVpclmulBlock);
  }
  std::array<char, kVpclmulBlock> folded;
  std::memcpy(folded.data(), lanes.data(), folded.size());
  return pclmul_state(pclmul_state(0, {folded.data(), folded.size()}), bytes);
}

#endif  // __x86_64__

std::uint64_t path_state(Crc64Path path, std::uint64_t state, std::string_view bytes) {
#if defined(__x86_64__)
  if (path == Crc64Path::kVpclmul) return vpclmul_state(state, bytes);
  if (path == Crc64Path::kPclmul) return pclmul_state(state, bytes);
#endif
  CHECK(path == Crc64Path::kTable);
  return table_state(state, bytes);
}

Crc64Path fastest_path() {
  if (crc64_supported(Crc64Path::kVpclmul)) return Crc64Path::kVpclmul;
  if (crc64_supported(Crc64Path::kPclmul)) return Crc64Path::kPclmul;
  return Crc64Path::kTable;
}

}  // namespace

bool crc64_supported(Crc64Path path) {
#if defined(__x86_64__)
  if (path == Crc64Path::kPclmul) return __builtin_cpu_supports("pclmul");
  if (path == Crc64Path::kVpclmul) {
    return __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("vpclmulqdq") &&
           __builtin_cpu_supports("avx512f");
  }
#endif
  return path == Crc64Path::kTable;
}

std::uint64_t crc64_nvme(std::uint64_t crc, std::string_view bytes) {
  static const Crc64Path path = fastest_path();
  return crc64_nvme(path, crc, bytes);
}

std::uint64_t crc64_nvme(Crc64Path path, std::uint64_t crc, std::string_view bytes) {
  return ~path_state(path, ~crc, bytes);
}

}  // namespace muzn::crypto
