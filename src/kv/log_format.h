// The records of RocksDB's log and manifest files, both in one format: blocks of 32 KiB, in each
// fragments of a header (checksum u32, length u16, type u8) and a payload. Internal to kv/.
//
// Source: RocksDB's wiki, "Write Ahead Log File Format"; db/log_format.h of RocksDB 7.8.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace muzn::kv {

inline constexpr std::size_t kLogBlockBytes = 32U << 10;
inline constexpr std::size_t kFragmentHeaderBytes = 7;
// A record of a log, put together, is a write batch: its first sequence number u64, how many
// changes u32, the changes.
inline constexpr std::size_t kBatchCountAt = 8;
inline constexpr std::size_t kBatchHeaderBytes = 12;

enum class FragmentType : std::uint8_t { kFull = 1, kFirst = 2, kMiddle = 3, kLast = 4 };

struct Fragment {
  FragmentType type = FragmentType::kFull;
  std::string_view payload;
};

// The fragment at `at` of a block (or of the part of it that the file has), if a whole one with the
// right checksum is there. REQUIRES at <= block.size().
std::optional<Fragment> fragment_at(std::string_view block, std::size_t at);

// Little-endian integer of `count` bytes. REQUIRES that they are there.
std::uint64_t get_le(std::string_view bytes, std::size_t at, std::size_t count);

}  // namespace muzn::kv
