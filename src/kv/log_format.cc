#include "kv/log_format.h"

#include "crypto/crc.h"

// What RocksDB checks its log with, under RocksDB's own name: a shared library looks its symbols up
// in the executable first, so that this takes the place of RocksDB's. Debian builds that one for
// every x86-64 processor there is: by tables, at a fifteenth of the rate. Where the linker binds
// RocksDB's symbols otherwise all works as before.
namespace rocksdb::crc32c {

std::uint32_t Extend(std::uint32_t crc, const char* bytes, std::size_t size) {
  return static_cast<std::uint32_t>(
      muzn::crypto::crc_update(muzn::crypto::Algorithm::kCrc32c, crc, {bytes, size}));
}

}  // namespace rocksdb::crc32c

namespace muzn::kv {
namespace {

constexpr std::size_t kChecksumBytes = 4;
constexpr std::size_t kLengthAt = 4;
constexpr std::size_t kTypeAt = 6;

// As RocksDB stores a CRC32C, so that a checksum of checksums is no trivial one.
std::uint32_t masked(std::uint32_t crc) {
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8U;
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
  const std::uint32_t crc = rocksdb::crc32c::Extend(0, block.data() + at + kTypeAt, length + 1);
  if (get_le(block, at, kChecksumBytes) != masked(crc)) return std::nullopt;
  return Fragment{static_cast<FragmentType>(type), block.substr(at + kFragmentHeaderBytes, length)};
}

}  // namespace muzn::kv
