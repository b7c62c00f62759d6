// The record of a backup: what decodes encodes to the same bytes.
#include <cstdint>
#include <string_view>

#include "server/backup_record.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // libFuzzer hands out bytes; they are characters here.
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto record = muzn::server::decode_backup_record(text);
  if (!record) {
    CHECK(!record.error().what.empty());
    return 0;
  }
  CHECK(muzn::server::encode(*record) == text);
  return 0;
}
