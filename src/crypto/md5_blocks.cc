#include "crypto/md5_blocks.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/error.h"

namespace muzn::crypto {
namespace {

static_assert(std::endian::native == std::endian::little, "words are loaded little-endian");

using Word = std::uint32_t;
using Four = Word __attribute__((vector_size(16)));
using Eight = Word __attribute__((vector_size(32)));
using Sixteen = Word __attribute__((vector_size(64)));

// Everything here is inlined into the functions at the end, each compiled for its own processor
// features.
#define MUZN_INLINE __attribute__((always_inline)) inline

// RFC 1321 section 3.4: floor(2^32 |sin(i + 1)|).
constexpr std::array<Word, 64> kSines = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};
constexpr std::array<int, 16> kShifts = {7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21};

// The word of the block that step `i` takes.
constexpr std::size_t word_of(std::size_t i) {
  constexpr std::array<std::size_t, 4> kFactor = {1, 5, 3, 7};
  constexpr std::array<std::size_t, 4> kOffset = {0, 1, 5, 0};
  return (kFactor[i / 16] * i + kOffset[i / 16]) % 16;
}

// Keeps the compiler from moving `sum`, which does not wait for the step before, behind what does:
// it reassociates sums freely, which costs a fifth of the speed.
template <class V>
MUZN_INLINE void settle(V& sum) {
#if defined(__x86_64__)
  if constexpr (sizeof(V) == sizeof(Word)) {
    asm("" : "+r"(sum));
  } else if constexpr (sizeof(V) == sizeof(Four)) {
    asm("" : "+x"(sum));
  }
#elif defined(__aarch64__)
  if constexpr (sizeof(V) == sizeof(Word)) {
    asm("" : "+r"(sum));
  } else if constexpr (sizeof(V) == sizeof(Four)) {
    asm("" : "+w"(sum));
  }
#endif
}

// One step; `b` is what the step before made.
template <std::size_t I, class V>
MUZN_INLINE void step(V& a, const V& b, const V& c, const V& d, const V& word) {
  constexpr std::size_t kRound = I / 16;
  constexpr int kShift = kShifts[kRound * 4 + I % 4];
  V sum = a + (word + kSines[I]);
  if constexpr (kRound == 1) sum += c & ~d;
  settle(sum);
  if constexpr (kRound == 0) sum += ((c ^ d) & b) ^ d;
  if constexpr (kRound == 1) sum += b & d;  // in no bit is c & ~d set as well
  if constexpr (kRound == 2) sum += (c ^ d) ^ b;
  if constexpr (kRound == 3) sum += c ^ (b | ~d);
  a = b + (sum << kShift | sum >> (32 - kShift));
}

template <std::size_t I = 0, class V, class Words>
MUZN_INLINE void steps(V& a, V& b, V& c, V& d, const Words& words) {
  if constexpr (I < 64) {
    step<I>(a, b, c, d, words.template get<word_of(I)>());
    step<I + 1>(d, a, b, c, words.template get<word_of(I + 1)>());
    step<I + 2>(c, d, a, b, words.template get<word_of(I + 2)>());
    step<I + 3>(b, c, d, a, words.template get<word_of(I + 3)>());
    steps<I + 4>(a, b, c, d, words);
  }
}

template <class V, class Words>
MUZN_INLINE void compress(std::array<V, 4>& state, const Words& words) {
  V a = state[0];
  V b = state[1];
  V c = state[2];
  V d = state[3];
  steps(a, b, c, d, words);
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
}

struct OneBlock {
  const char* bytes;
  template <std::size_t I>
  MUZN_INLINE Word get() const {
    Word out = 0;
    std::memcpy(&out, bytes + I * sizeof(Word), sizeof(Word));
    return out;
  }
};

// The same block of each lane, word by word.
template <class V>
struct ManyBlocks {
  std::array<V, 16> words;
  template <std::size_t I>
  MUZN_INLINE const V& get() const {
    return words[I];
  }
};

// Within each 128 bits: a0 b0 a1 b1, and a2 b2 a3 b3.
MUZN_INLINE void interleave(const Four& a, const Four& b, Four& low, Four& high) {
  low = __builtin_shufflevector(a, b, 0, 4, 1, 5);
  high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
}
MUZN_INLINE void interleave(const Eight& a, const Eight& b, Eight& low, Eight& high) {
  low = __builtin_shufflevector(a, b, 0, 8, 1, 9, 4, 12, 5, 13);
  high = __builtin_shufflevector(a, b, 2, 10, 3, 11, 6, 14, 7, 15);
}
MUZN_INLINE void interleave(const Sixteen& a, const Sixteen& b, Sixteen& low, Sixteen& high) {
  low = __builtin_shufflevector(a, b, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29);
  high = __builtin_shufflevector(a, b, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31);
}

// Turns four words of each lane into four vectors of one word each. Lane 4g + j goes through the
// 128 bits number g of row j, so that all the moving about stays within 128 bits.
template <class V, std::size_t kLanes>
MUZN_INLINE void load_four(const std::array<const char*, kLanes>& bytes, std::size_t offset,
                           V* words) {
  constexpr std::size_t kGroup = 4 * sizeof(Word);
  std::array<V, 4> rows;
  for (std::size_t j = 0; j < 4; ++j) {
    std::array<char, sizeof(V)> row;
    for (std::size_t g = 0; g < kLanes / 4; ++g) {
      std::memcpy(row.data() + g * kGroup, bytes[4 * g + j] + offset, kGroup);
    }
    std::memcpy(&rows[j], row.data(), sizeof(V));
  }
  V low02;
  V high02;
  V low13;
  V high13;
  interleave(rows[0], rows[2], low02, high02);
  interleave(rows[1], rows[3], low13, high13);
  interleave(low02, low13, words[0], words[1]);
  interleave(high02, high13, words[2], words[3]);
}

MUZN_INLINE void run_one(const Md5Lane& lane, std::size_t count) {
  std::array<Word, 4> state = *lane.state;
  const char* bytes = lane.bytes;
  for (; count > 0; --count, bytes += kMd5BlockBytes) compress(state, OneBlock{bytes});
  *lane.state = state;
}

// Lanes beyond those given do the work of the first again, for nobody.
template <class V>
MUZN_INLINE void run_many(std::span<const Md5Lane> lanes, std::size_t count) {
  constexpr std::size_t kLanes = sizeof(V) / sizeof(Word);
  std::array<const char*, kLanes> bytes;
  std::array<std::array<Word, kLanes>, 4> start;
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    const Md5Lane& from = lanes[lane < lanes.size() ? lane : 0];
    bytes[lane] = from.bytes;
    for (std::size_t i = 0; i < 4; ++i) start[i][lane] = (*from.state)[i];
  }
  std::array<V, 4> state;
  for (std::size_t i = 0; i < 4; ++i) std::memcpy(&state[i], start[i].data(), sizeof(V));
  for (std::size_t at = 0; at < count * kMd5BlockBytes; at += kMd5BlockBytes) {
    ManyBlocks<V> block;
    for (std::size_t i = 0; i < 16; i += 4) {
      load_four<V, kLanes>(bytes, at + i * sizeof(Word), block.words.data() + i);
    }
    compress(state, block);
  }
  for (std::size_t i = 0; i < 4; ++i) std::memcpy(start[i].data(), &state[i], sizeof(V));
  for (std::size_t lane = 0; lane < lanes.size(); ++lane) {
    for (std::size_t i = 0; i < 4; ++i) (*lanes[lane].state)[i] = start[i][lane];
  }
}

void run_four(std::span<const Md5Lane> lanes, std::size_t count) {
  run_many<Four>(lanes, count);
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) void run_eight(std::span<const Md5Lane> lanes, std::size_t count) {
  run_many<Eight>(lanes, count);
}
__attribute__((target("avx512f"))) void run_sixteen(std::span<const Md5Lane> lanes,
                                                    std::size_t count) {
  run_many<Sixteen>(lanes, count);
}
#endif

// The rates of the paths are 1 : 3 : 6.3 : 8.8 (docs/decisions/0009-large-puts.md), so the widest
// pays from twelve lanes on, each narrower one from two.
constexpr std::size_t kSixteenPaysFrom = 12;

Md5Path path_for(std::size_t lanes) {
  static const bool has_sixteen = md5_supported(Md5Path::kSixteenAvx512);
  static const bool has_eight = md5_supported(Md5Path::kEightAvx2);
  if (lanes == 1) return Md5Path::kOne;
  if (has_sixteen && lanes >= kSixteenPaysFrom) return Md5Path::kSixteenAvx512;
  return has_eight ? Md5Path::kEightAvx2 : Md5Path::kFour;
}

}  // namespace

bool md5_supported(Md5Path path) {
#if defined(__x86_64__)
  if (path == Md5Path::kEightAvx2) return __builtin_cpu_supports("avx2");
  if (path == Md5Path::kSixteenAvx512) return __builtin_cpu_supports("avx512f");
#endif
  return path == Md5Path::kOne || path == Md5Path::kFour;
}

std::size_t md5_lanes(Md5Path path) {
  constexpr std::array<std::size_t, 4> kLanes = {1, 4, 8, 16};
  return kLanes.at(static_cast<std::size_t>(path));
}

std::size_t md5_lanes_for(std::size_t waiting) {
  const std::size_t lanes = std::min(waiting, kMd5LanesMax);
  return lanes == 0 ? 0 : std::min(lanes, md5_lanes(path_for(lanes)));
}

void md5_blocks(std::span<const Md5Lane> lanes, std::size_t count) {
  CHECK(!lanes.empty() && lanes.size() <= kMd5LanesMax);
  while (!lanes.empty()) {
    const std::size_t now = md5_lanes_for(lanes.size());
    md5_blocks(path_for(now), lanes.first(now), count);
    lanes = lanes.subspan(now);
  }
}

void md5_blocks(Md5Path path, std::span<const Md5Lane> lanes, std::size_t count) {
  CHECK(!lanes.empty() && lanes.size() <= md5_lanes(path));
  switch (path) {
    case Md5Path::kOne:
      return run_one(lanes.front(), count);
    case Md5Path::kFour:
      return run_four(lanes, count);
#if defined(__x86_64__)
    case Md5Path::kEightAvx2:
      return run_eight(lanes, count);
    case Md5Path::kSixteenAvx512:
      return run_sixteen(lanes, count);
#endif
    default:
      CHECK(md5_supported(path));
  }
}

#undef MUZN_INLINE

}  // namespace muzn::crypto
