#include "kv/log_format.h"

#include "crypto/crc.h"

namespace muzn::kv {
namespace {

constexpr std::size_t kChecksumBytes = 4;
constexpr std::size_t kLengthAt = 4;
constexpr std::size_t kTypeAt = 6;

// As RocksDB stores a CRC32C, so that a checksum of checksums is no trivial one.
std::uint32_t masked(std::uint64_t crc) {
  const auto plain = static_cast<std::uint32_t>(crc);
  return ((plain >> 15) | (plain << 17)) + 0xa282ead8U;
}

}  // namespace

std::uint64_t get_le(std::string_view bytes, std::size_t at, std::size_t count) {
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < count; ++i) {
    out |= std::uint64_t{static_cast<unsigned char>(bytes[at + i])} << (8 * i);
  }
  return out;
}

std::optional<Fragment> fragment_at(std::string_view block, std::size_t at) {
  if (block.size() - at < kFragmentHeaderBytes) return std::nullopt;
  const auto type = static_cast<std::uint8_t>(block[at + kTypeAt]);
  if (type < static_cast<std::uint8_t>(FragmentType::kFull) ||
      type > static_cast<std::uint8_t>(FragmentType::kLast)) {
    return std::nullopt;
  }
  const auto length = static_cast<std::size_t>(get_le(block, at + kLengthAt, 2));
  if (block.size() - at - kFragmentHeaderBytes < length) return std::nullopt;
  const std::uint64_t crc =
      crypto::crc_update(crypto::Algorithm::kCrc32c, 0, block.substr(at + kTypeAt, length + 1));
  if (get_le(block, at, kChecksumBytes) != masked(crc)) return std::nullopt;
  return Fragment{static_cast<FragmentType>(type), block.substr(at + kFragmentHeaderBytes, length)};
}

}  // namespace muzn::kv
