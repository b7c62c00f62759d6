#include "blob/id.h"

#include "base/error.h"
#include "codec/varint.h"

namespace muzn::blob {
namespace {

constexpr unsigned kEpochBits = 56;
constexpr std::uint64_t kEpochMask = (std::uint64_t{1} << kEpochBits) - 1;

}  // namespace

BlobId make_id(std::uint8_t volume, std::uint64_t epoch, std::string_view random) {
  CHECK(epoch <= kEpochMask && random.size() == kBlobIdRandomBytes);
  BlobId out;
  codec::put_be64(out, std::uint64_t{volume} << kEpochBits | epoch);
  return out.append(random);
}

std::uint8_t volume_of(const BlobId& id) {
  CHECK(id.size() == kBlobIdBytes);
  return static_cast<std::uint8_t>(id.front());
}

std::uint64_t epoch_of(const BlobId& id) {
  CHECK(id.size() == kBlobIdBytes);
  return codec::FieldReader(id).be64().value_or(0) & kEpochMask;
}

}  // namespace muzn::blob
