// Rows of the object floor as they come from the disk: the first byte chooses the kind. What a
// decoder takes, the encoder must write again byte for byte, since preconditions compare bytes.
#include <cstdint>
#include <string_view>

#include "audit/outbox_row.h"
#include "object/lifecycle_rows.h"
#include "object/row_keys.h"
#include "object/row_values.h"

namespace {

namespace row = muzn::object::row;

template <class Decode>
void check(std::string_view bytes, Decode decode) {
  const auto value = decode(bytes);
  if (value) CHECK(row::encode(*value) == bytes);
}

void check_key(std::string_view bytes) {
  if (const auto parsed = row::unescape(bytes)) {
    std::string again = row::escape(parsed->key);
    CHECK(again.append(parsed->rest) == bytes);
  }
  if (const auto upload = row::parse_upload(bytes)) {
    CHECK(row::upload(upload->key, upload->upload_id).substr(1) == bytes);
  }
  if (const auto owned = row::parse_sequence(bytes); owned && bytes.front() == row::kPendingTag) {
    CHECK(row::pending(owned->epoch, owned->sequence) == bytes);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  // libFuzzer hands out bytes; they are characters here.
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0]) {
    case 'b':
      check(bytes, row::decode_bucket);
      break;
    case 'm':
      check(bytes, row::decode_shard);
      break;
    case 'H':
      check(bytes, row::decode_version);
      break;
    case 'P':
      check(bytes, row::decode_part);
      break;
    case 'M':
      check(bytes, row::decode_manifest);
      break;
    case 'U':
      check(bytes, row::decode_upload);
      break;
    case 'D':
      check(bytes, row::decode_done);
      break;
    case 'g':
      check(bytes, row::decode_garbage);
      break;
    case 'l':
      check(bytes, row::decode_lifecycle_due);
      if (const auto walks = row::decode_streams(bytes))
        CHECK(row::encode_streams(*walks) == bytes);
      break;
    case 'r':
      check(bytes, row::decode_renamed);
      break;
    case 'i':
      check(bytes, row::decode_intent);
      break;
    case 'S':
      check(bytes, row::decode_scrub);
      break;
    case 'p':
      if (const auto blob = row::decode_pending(bytes)) CHECK(row::encode_pending(*blob) == bytes);
      break;
    case 'e':
      if (const auto record = muzn::audit::decode_outbox(bytes)) {
        CHECK(muzn::audit::encode_outbox(record->handle, record->line) == bytes);
      }
      break;
    case 's':
      if (const auto document = row::decode_document(bytes)) {
        CHECK(row::encode_document(*document) == bytes);
      }
      break;
    case 'c':
      if (const auto sums = row::decode_counters(bytes)) {
        const bool has_parts = bytes.size() > row::encode_counters(0, 0).size();
        CHECK((has_parts ? row::encode_counters(*sums)
                         : row::encode_counters(sums->objects, sums->bytes)) == bytes);
      }
      break;
    case 'n':
      if (const auto number = row::decode_number(bytes)) {
        CHECK(row::encode_number(*number) == bytes);
      }
      break;
    default:
      check_key(bytes);
  }
  return 0;
}
