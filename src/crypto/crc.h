// The three CRCs of S3 behind one face, and their combination.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "crypto/digest.h"

namespace muzn::crypto {

// CRC of a‖bytes from crc(a); crc("") is 0. REQUIRES is_linear(algorithm).
std::uint64_t crc_update(Algorithm algorithm, std::uint64_t crc, std::string_view bytes);

// digest_size(algorithm) bytes, big-endian.
std::string crc_bytes(Algorithm algorithm, std::uint64_t crc);

}  // namespace muzn::crypto
