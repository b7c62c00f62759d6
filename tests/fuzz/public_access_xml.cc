// PublicAccessBlockConfiguration and OwnershipControls: what parses is written so that it parses to
// the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "s3/public_access_xml.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view document(reinterpret_cast<const char*>(data), size);  // libFuzzer's form
  if (const auto block = muzn::s3::parse_public_access_block(document)) {
    const auto again =
        muzn::s3::parse_public_access_block(muzn::s3::public_access_block_document(*block));
    if (!again || *again != *block) std::abort();
  }
  if (const auto ownership = muzn::s3::parse_ownership_controls(document)) {
    const auto again = muzn::s3::parse_ownership_controls(muzn::s3::ownership_document(*ownership));
    if (!again || *again != *ownership) std::abort();
  }
  return 0;
}
