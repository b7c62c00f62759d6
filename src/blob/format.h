// The bytes of a blob file behind its data; pure. docs/formats/engine.md draws them.
//
//   data | block checksums, 8 bytes each | label | trailer, 64 bytes
//
// Version 1 has no label.
//
// Every checksum is XXH3-64 with a seed made of the blob's id and the block's number, so that a
// block of another blob, or another block of this one, does not pass for the right one.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "blob/store.h"

namespace muzn::blob {

inline constexpr std::uint32_t kFormatVersion = 2;
inline constexpr std::size_t kTrailerBytes = 64;

// How many blocks `data_size` bytes make; the last may be short.
std::uint64_t block_count(std::uint64_t data_size);
// Checksums, label and trailer.
std::uint64_t footer_size(std::uint64_t data_size, std::size_t label_size);

// Of block `number`, counted from 0.
std::uint64_t block_checksum(const BlobId& id, std::uint64_t number, std::string_view bytes);

// REQUIRES one checksum for each block, and a label of at most kLabelBytesMax bytes.
std::string encode_footer(const BlobId& id, std::uint64_t data_size,
                          std::span<const std::uint64_t> checksums, std::string_view label);

struct Trailer {
  std::uint64_t data_size = 0;
  std::size_t label_size = 0;
};
// What the trailer (the last kTrailerBytes of a file of `file_size` bytes) tells, not yet proved by
// its checksum, but consistent with `id` and `file_size`. Errors: kCorrupt.
Result<Trailer> decode_trailer(const BlobId& id, std::uint64_t file_size, std::string_view trailer);

struct Footer {
  std::uint64_t data_size = 0;
  std::vector<std::uint64_t> checksums;
  std::string label;
};
// From the last footer_size() bytes of a file. Errors as decode_trailer().
Result<Footer> decode_footer(const BlobId& id, std::uint64_t file_size, std::string_view footer);

}  // namespace muzn::blob
