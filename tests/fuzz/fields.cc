// The first byte chooses a sequence of reads. What is read and written again gives the same bytes.
#include "codec/varint.h"

namespace {

using namespace muzn::codec;

// Reads one field of the given kind and appends it to `again`; false when it was refused.
bool copy_field(FieldReader& reader, unsigned kind, std::string& again) {
  if (kind == 0) {
    const auto value = reader.varint();
    if (value) put_varint(again, *value);
    return value.has_value();
  }
  if (kind == 1) {
    const auto value = reader.bytes();
    if (value) put_bytes(again, *value);
    return value.has_value();
  }
  if (kind == 2) {
    const auto value = reader.be64();
    if (value) put_be64(again, *value);
    return value.has_value();
  }
  const auto value = reader.be16();
  if (value) put_be16(again, *value);
  return value.has_value();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size == 0) return 0;
  unsigned kinds = data[0];
  const std::string row(data + 1, data + size);
  FieldReader reader(row);
  std::string again;
  while (!reader.at_end()) {
    const std::string_view before = reader.rest();
    if (!copy_field(reader, kinds & 3U, again)) {
      CHECK(reader.rest() == before);
      break;
    }
    kinds = kinds >> 2 | (kinds & 3U) << 6;
  }
  CHECK(again + std::string(reader.rest()) == row);
  return 0;
}
