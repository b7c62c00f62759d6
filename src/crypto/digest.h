// The digests that S3 knows, incremental, and HMAC.
// Sources: AWS "Checking object integrity in Amazon S3"; FIPS 180-4; RFC 1321; RFC 2104; CRC
// parameters from the CRC catalogue (CRC-32/ISO-HDLC, CRC-32/ISCSI, CRC-64/NVME); xxHash spec.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "crypto/md5.h"

namespace muzn::crypto {

// Values are stored on disk: never renumber.
enum class Algorithm : std::uint8_t {
  kMd5 = 1,
  kSha1 = 2,
  kSha256 = 3,
  kSha512 = 4,
  kCrc32 = 5,
  kCrc32c = 6,
  kCrc64Nvme = 7,
  kXxh64 = 8,
  kXxh3 = 9,     // XXH3, 64 bits
  kXxh128 = 10,  // XXH3, 128 bits
};

// AWS's name: "CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256", "SHA512", "MD5", "XXHASH64",
// "XXHASH3", "XXHASH128".
std::string_view aws_name(Algorithm algorithm);
// Case-insensitive; nullopt when unknown.
std::optional<Algorithm> algorithm_from_aws_name(std::string_view name);
// "x-amz-checksum-crc32" and so on, lower case.
std::string checksum_header(Algorithm algorithm);
// From such a header name (case-insensitive); nullopt when it is none.
std::optional<Algorithm> algorithm_from_header(std::string_view header);
std::size_t digest_size(Algorithm algorithm);  // bytes
// CRC32, CRC32C, CRC64NVME: full-object checksums of multipart uploads can be combined from parts.
bool is_linear(Algorithm algorithm);

// One running digest. Values come out big-endian, as S3 base64-encodes them.
class Hasher {
 public:
  explicit Hasher(Algorithm algorithm);
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;
  ~Hasher();
  void update(std::string_view bytes);
  // The digest of all so far. Call once.
  std::string finish();
  Algorithm algorithm() const { return algorithm_; }
  Md5* md5();  // null when it is another

 private:
  struct State;
  Algorithm algorithm_;
  std::unique_ptr<State> state_;
};

std::string digest(Algorithm algorithm, std::string_view bytes);
std::string sha256(std::string_view bytes);
inline std::string md5(std::string_view bytes) {
  return digest(Algorithm::kMd5, bytes);
}

// What a digest costs: MD5 the most, but little in lanes (md5.h); SHA-1, SHA-256 and SHA-512 half
// of that; the others next to nothing.
enum class Cost : std::uint8_t { kMd5, kSha, kLight };
Cost cost_of(Algorithm algorithm);

// Several digests over one pass.
class HasherSet {
 public:
  explicit HasherSet(const std::vector<Algorithm>& algorithms);  // duplicates are merged
  void update(std::string_view bytes);
  // In parts, for who computes them at several places: each byte to the MD5, where there is one,
  // and to the others by their cost. Threads: the parts of different costs may run at once.
  Md5* md5();
  void update(Cost cost, std::string_view bytes);
  bool has(Cost cost) const;
  // Call once; then get() answers.
  void finish();
  // REQUIRES finish(). nullopt when the algorithm was not asked for.
  std::optional<std::string> get(Algorithm algorithm) const;

 private:
  std::vector<Hasher> hashers_;
  std::vector<std::pair<Algorithm, std::string>> done_;
};

// CRC of a‖b from crc(a), crc(b) and |b|. REQUIRES is_linear(algorithm).
std::string combine(Algorithm algorithm, std::string_view crc_a, std::string_view crc_b,
                    std::uint64_t size_b);

std::string hmac_sha256(std::string_view key, std::string_view message);  // 32 bytes, RFC 2104
std::string hmac_sha1(std::string_view key, std::string_view message);    // 20 bytes, the same

// Equal, in time that depends on the lengths only.
bool equal_constant_time(std::string_view a, std::string_view b);

// XXH3-64 of `bytes` with a seed: the checksum of data at rest.
std::uint64_t xxh3_64(std::string_view bytes, std::uint64_t seed);

}  // namespace muzn::crypto
