// What parses, dumped and parsed again, is the same value, within the limits.
#include "codec/json.h"
#include "codec/uri.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace muzn::codec;
  const std::string text(data, data + size);
  const auto value = parse_json(text);
  if (!value) return 0;
  CHECK(is_utf8(text));
  const std::string dumped = dump_json(*value);
  const auto again = parse_json(dumped);
  CHECK(again.has_value() && *again == *value && dump_json(*again) == dumped);
  json_string(*value, "a");
  json_int(*value, "a");
  json_bool(*value, "a");
  return 0;
}
