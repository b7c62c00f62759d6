// Names and properties of the algorithms, from one table.
#include <algorithm>
#include <array>

#include "crypto/digest.h"

namespace muzn::crypto {
namespace {

struct Entry {
  Algorithm algorithm;
  std::string_view name;
  std::size_t size;
};

constexpr std::array kEntries = {
    Entry{Algorithm::kMd5, "MD5", 16},
    Entry{Algorithm::kSha1, "SHA1", 20},
    Entry{Algorithm::kSha256, "SHA256", 32},
    Entry{Algorithm::kSha512, "SHA512", 64},
    Entry{Algorithm::kCrc32, "CRC32", 4},
    Entry{Algorithm::kCrc32c, "CRC32C", 4},
    Entry{Algorithm::kCrc64Nvme, "CRC64NVME", 8},
    Entry{Algorithm::kXxh64, "XXHASH64", 8},
    Entry{Algorithm::kXxh3, "XXHASH3", 8},
    Entry{Algorithm::kXxh128, "XXHASH128", 16},
};
constexpr std::string_view kHeaderPrefix = "x-amz-checksum-";

const Entry& entry(Algorithm algorithm) {
  const auto index = static_cast<std::size_t>(algorithm) - 1;
  CHECK(index < kEntries.size() && kEntries[index].algorithm == algorithm);
  return kEntries[index];
}

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equal_any_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

}  // namespace

std::string_view aws_name(Algorithm algorithm) {
  return entry(algorithm).name;
}

std::optional<Algorithm> algorithm_from_aws_name(std::string_view name) {
  for (const Entry& known : kEntries) {
    if (equal_any_case(known.name, name)) return known.algorithm;
  }
  return std::nullopt;
}

std::string checksum_header(Algorithm algorithm) {
  std::string header(kHeaderPrefix);
  for (const char c : aws_name(algorithm)) header.push_back(lower(c));
  return header;
}

std::optional<Algorithm> algorithm_from_header(std::string_view header) {
  if (!equal_any_case(header.substr(0, kHeaderPrefix.size()), kHeaderPrefix)) return std::nullopt;
  return algorithm_from_aws_name(header.substr(kHeaderPrefix.size()));
}

std::size_t digest_size(Algorithm algorithm) {
  return entry(algorithm).size;
}

bool is_linear(Algorithm algorithm) {
  return algorithm == Algorithm::kCrc32 || algorithm == Algorithm::kCrc32c ||
         algorithm == Algorithm::kCrc64Nvme;
}

}  // namespace muzn::crypto
