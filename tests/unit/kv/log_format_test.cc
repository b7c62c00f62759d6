#include "kv/log_format.h"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>

namespace rocksdb::crc32c {
std::uint32_t Extend(std::uint32_t crc, const char* bytes, std::size_t size);
}

namespace muzn::kv {
namespace {

std::string file_of(const void* address) {
  Dl_info info{};
  if (::dladdr(address, &info) == 0) return "";
  return info.dli_fname;
}

// Else RocksDB computes it by tables, which is slow and no error.
TEST(LogFormat, RocksDbFindsOurChecksum) {
  const void* const found = ::dlsym(RTLD_DEFAULT, "_ZN7rocksdb6crc32c6ExtendEjPKcm");
  ASSERT_NE(found, nullptr);
  const auto here = &file_of;
  const void* address = nullptr;
  static_assert(sizeof address == sizeof here);
  std::memcpy(&address, &here, sizeof address);
  EXPECT_EQ(file_of(found), file_of(address));
}

TEST(LogFormat, OurChecksumGoesOnFromAnyPoint) {
  const std::string bytes = "123456789";
  EXPECT_EQ(rocksdb::crc32c::Extend(0, bytes.data(), bytes.size()), 0xE3069283U);
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    const std::uint32_t first = rocksdb::crc32c::Extend(0, bytes.data(), cut);
    EXPECT_EQ(rocksdb::crc32c::Extend(first, bytes.data() + cut, bytes.size() - cut), 0xE3069283U);
  }
}

}  // namespace
}  // namespace muzn::kv
