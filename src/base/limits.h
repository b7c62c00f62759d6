// Limits on what comes from outside that more than one module needs, each with its reason.
#pragma once
#include <cstddef>
#include <cstdint>

namespace muzn::limits {

inline constexpr std::size_t kKeyBytes = 1024;           // AWS: "Creating object key names"
inline constexpr std::size_t kUserMetadataBytes = 2048;  // AWS: "Working with object metadata"
inline constexpr int kPartNumberMax = 10'000;            // AWS: "Amazon S3 multipart upload limits"
inline constexpr std::uint64_t kPartBytesMin = 5ULL << 20;  // AWS: the same; the last is exempt
inline constexpr std::uint64_t kPartBytesMax = 5ULL << 30;  // AWS: the same
inline constexpr std::uint64_t kObjectBytesMax = 50ULL
                                                 << 40;    // AWS: the same (50 TB since 2025-12)
inline constexpr std::uint64_t kPutBytesMax = 5ULL << 30;  // AWS: single PutObject
inline constexpr int kListKeysMax = 1000;                  // AWS: ListObjectsV2
inline constexpr int kDeleteKeysMax = 1000;                // AWS: DeleteObjects
inline constexpr std::size_t kXmlBodyBytes = 2U << 20;  // DeleteObjects of 1000 escaped keys fits

}  // namespace muzn::limits
