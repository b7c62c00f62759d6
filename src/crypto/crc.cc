#include "crypto/crc.h"

#include <isa-l/crc.h>

#include <algorithm>
#include <limits>

#include "crypto/crc64.h"
#include "crypto/gf2.h"

namespace muzn::crypto {
namespace {

constexpr Gf2Field kCrc32Field{.polynomial = 0xEDB88320U, .one = 1ULL << 31};
constexpr Gf2Field kCrc32cField{.polynomial = 0x82F63B78U, .one = 1ULL << 31};
constexpr Gf2Field kCrc64Field{.polynomial = kCrc64NvmePolynomial, .one = 1ULL << 63};

// isa-l's prototype lacks const; it does not write.
unsigned char* isal_buffer(std::string_view bytes) {
  return static_cast<unsigned char*>(const_cast<void*>(static_cast<const void*>(bytes.data())));
}

std::uint32_t crc32(std::uint32_t crc, std::string_view bytes) {
  return crc32_gzip_refl(crc, isal_buffer(bytes), bytes.size());  // inverts before and after
}

std::uint32_t crc32c(std::uint32_t crc, std::string_view bytes) {
  constexpr std::size_t kStride = std::numeric_limits<int>::max();  // isa-l's length is an int
  std::uint32_t state = ~crc;
  while (!bytes.empty()) {
    const std::string_view now = bytes.substr(0, kStride);
    state = crc32_iscsi(isal_buffer(now), static_cast<int>(now.size()), state);
    bytes.remove_prefix(now.size());
  }
  return ~state;
}

const Gf2Field& field(Algorithm algorithm) {
  CHECK(is_linear(algorithm));
  if (algorithm == Algorithm::kCrc32) return kCrc32Field;
  return algorithm == Algorithm::kCrc32c ? kCrc32cField : kCrc64Field;
}

std::uint64_t crc_value(Algorithm algorithm, std::string_view bytes) {
  CHECK(bytes.size() == digest_size(algorithm));
  std::uint64_t value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<std::uint8_t>(c);
  return value;
}

}  // namespace

std::uint64_t crc_update(Algorithm algorithm, std::uint64_t crc, std::string_view bytes) {
  if (bytes.empty()) return crc;
  if (algorithm == Algorithm::kCrc32) return crc32(static_cast<std::uint32_t>(crc), bytes);
  if (algorithm == Algorithm::kCrc32c) return crc32c(static_cast<std::uint32_t>(crc), bytes);
  CHECK(algorithm == Algorithm::kCrc64Nvme);
  return crc64_nvme(crc, bytes);
}

std::string crc_bytes(Algorithm algorithm, std::uint64_t crc) {
  std::string out(digest_size(algorithm), '\0');
  for (auto byte = out.rbegin(); byte != out.rend(); ++byte) {
    *byte = static_cast<char>(crc & 0xFFU);
    crc >>= 8;
  }
  return out;
}

// crc(a‖b) = crc(a) * x^(8|b|) + crc(b): the initial value and the final exclusive-or, being equal,
// cancel out (as in zlib's crc32_combine).
std::string combine(Algorithm algorithm, std::string_view crc_a, std::string_view crc_b,
                    std::uint64_t size_b) {
  const Gf2Field& gf2 = field(algorithm);
  // (x^8)^|b| and not x^(8|b|), which could overflow.
  const std::uint64_t shift = gf2.power(gf2.x_power(8), size_b);
  return crc_bytes(algorithm,
                   gf2.multiply(crc_value(algorithm, crc_a), shift) ^ crc_value(algorithm, crc_b));
}

}  // namespace muzn::crypto
