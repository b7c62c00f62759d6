// Rows of trails, and events of the journal, as they come from the disk: the first byte chooses the
// kind. What a decoder takes, the encoder must write again byte for byte.
#include <cstdint>
#include <string_view>

#include "trail/item.h"
#include "trail/lookup.h"
#include "trail/rows.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace muzn::trail;
  if (size == 0) return 0;
  // libFuzzer hands out bytes; they are characters here.
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0]) {
    case 'i':
      if (const auto item = decode_item(bytes)) CHECK(encode_item(*item) == bytes);
      break;
    case 't':
      if (const auto state = decode_state(bytes)) CHECK(encode_state(*state) == bytes);
      break;
    case 'w':
      if (const auto waiting = decode_waiting(bytes)) CHECK(encode_waiting(*waiting) == bytes);
      break;
    case 'k':
      if (const auto key = decode_key(bytes)) CHECK(encode_key(*key) == bytes);
      break;
    case 'e':
      if (const auto event = shown(bytes, Attribute::kResourceName, "bucket")) {
        CHECK(event->is_object());
      }
      break;
    default:
      break;
  }
  return 0;
}
