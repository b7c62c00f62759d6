// Checkpoints of logs of others. What is taken has one form.
#include <cstdint>
#include <string_view>

#include "merkle/checkpoint.h"
#include "merkle/decimal.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace muzn::merkle;
  // reinterpret_cast: libFuzzer hands out unsigned bytes
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto checkpoint = parse_checkpoint(text)) {
    CHECK(format_checkpoint(*checkpoint) == text);
    CHECK(checkpoint->size <= kSizeMax);
  }
  if (const auto whole = parse_signed_checkpoint(text)) {
    CHECK(format_checkpoint(whole->checkpoint) == whole->note.text);
  }
  return 0;
}
