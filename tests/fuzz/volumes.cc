// The registry of volumes and the identity of one, from disks that may hold anything. The input is
// a file; its checksum is made right as well, so that inputs get past it.
#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "blob/registry.h"
#include "crypto/digest.h"

namespace {

void check_one_form(std::string_view text) {
  if (const auto identity = muzn::blob::decode_identity(text)) {
    CHECK(muzn::blob::encode(*identity) == text);
    CHECK(identity->number > 0);
  }
  if (const auto registry = muzn::blob::decode_registry(text)) {
    CHECK(muzn::blob::encode(*registry) == text);
    int last = 0;
    for (const auto& entry : registry->volumes) {
      CHECK(entry.number > last && muzn::blob::check_path(entry.path).has_value());
      last = entry.number;
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // reinterpret_cast: libFuzzer hands out unsigned bytes
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_one_form(text);
  const std::string lines(text.substr(0, text.rfind("checksum ")));
  check_one_form(lines + fmt::format("checksum {:016x}\n", muzn::crypto::xxh3_64(lines, 0)));
  return 0;
}
