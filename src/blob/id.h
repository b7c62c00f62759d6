// The name of a blob, which tells where it lies. Pure.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace muzn::blob {

// 16 bytes: number of the volume (1), node epoch (7, big-endian) and random (8). Volume 0 is the
// main directory's, so that an id of a store with one directory begins with a whole epoch of 8.
using BlobId = std::string;
inline constexpr std::size_t kBlobIdBytes = 16;
inline constexpr std::size_t kBlobIdRandomBytes = 8;

// REQUIRES epoch < 2^56 and kBlobIdRandomBytes random bytes.
BlobId make_id(std::uint8_t volume, std::uint64_t epoch, std::string_view random);

// REQUIRES kBlobIdBytes.
std::uint8_t volume_of(const BlobId& id);
// Of the run that made it.
std::uint64_t epoch_of(const BlobId& id);

}  // namespace muzn::blob
