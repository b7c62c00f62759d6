#include "merkle/bundle.h"

#include "codec/varint.h"

namespace muzn::merkle {
namespace {

// Consumes one entry.
bool take_entry(std::string_view& bundle, std::string_view& entry) {
  codec::FieldReader in(bundle);
  const auto size = in.be16();
  if (!size) return false;
  const auto bytes = in.raw(*size);
  if (!bytes) return false;
  entry = *bytes;
  bundle = in.rest();
  return true;
}

std::unexpected<Error> bad_bundle() {
  return fail(Code::kInvalid, "a bundle of entries that does not end with its last one");
}

}  // namespace

void append_entry(std::string& bundle, std::string_view entry) {
  CHECK(entry.size() <= kEntryBytesMax);
  codec::put_be16(bundle, static_cast<std::uint16_t>(entry.size()));
  bundle += entry;
}

Result<std::vector<std::string_view>> parse_bundle(std::string_view bundle, unsigned width) {
  CHECK(width <= kTileWidth);
  std::vector<std::string_view> out(width);
  for (std::string_view& entry : out) {
    if (!take_entry(bundle, entry)) return bad_bundle();
  }
  if (!bundle.empty()) return bad_bundle();
  return out;
}

Result<unsigned> count_entries(std::string_view bundle) {
  std::string_view entry;
  unsigned count = 0;
  for (; !bundle.empty(); ++count) {
    if (count == kTileWidth || !take_entry(bundle, entry)) return bad_bundle();
  }
  return count;
}

Result<std::string_view> narrow_bundle(std::string_view bundle, unsigned width) {
  std::string_view rest = bundle;
  std::string_view entry;
  for (unsigned i = 0; i < width; ++i) {
    if (!take_entry(rest, entry)) return bad_bundle();
  }
  return bundle.substr(0, bundle.size() - rest.size());
}

}  // namespace muzn::merkle
