// Eight bytes in one step, within a word (Mycroft's "has zero byte"): for texts of which nearly all
// bytes are plain.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace muzn::codec {

inline constexpr std::uint64_t kOnes = 0x0101010101010101ULL;
inline constexpr std::uint64_t kHighs = 0x8080808080808080ULL;

// Not 0 when a byte of the word is 0.
constexpr std::uint64_t zero_in(std::uint64_t word) {
  return (word - kOnes) & ~word & kHighs;
}
// Not 0 when a byte of the word is `byte`.
constexpr std::uint64_t byte_in(std::uint64_t word, std::uint8_t byte) {
  return zero_in(word ^ kOnes * byte);
}
// Not 0 when a byte of the word is below `bound`, which is at most 0x80.
constexpr std::uint64_t below_in(std::uint64_t word, std::uint8_t bound) {
  return (word - kOnes * bound) & ~word & kHighs;
}
// Not 0 when a byte of the word is above 0x7e.
constexpr std::uint64_t beyond_ascii_in(std::uint64_t word) {
  return (word | (word + kOnes)) & kHighs;
}

// How many bytes at the front of `text` are plain by the table. `has_other` says of a word whether
// it may hold a byte that is not.
template <class HasOther>
std::size_t plain_prefix(std::string_view text, const std::array<bool, 256>& plain,
                         HasOther has_other) {
  std::size_t size = 0;
  for (std::uint64_t word = 0; size + sizeof word <= text.size(); size += sizeof word) {
    std::memcpy(&word, text.data() + size, sizeof word);
    if (has_other(word)) break;
  }
  while (size < text.size() && plain[static_cast<unsigned char>(text[size])]) ++size;
  return size;
}

}  // namespace muzn::codec
