#include "blob/file_name.h"

#include "codec/base64.h"

namespace muzn::blob {
namespace {

// The path is made of the first two random bytes: the id begins with volume and epoch, which all
// blobs of a run share.
constexpr std::size_t kRandomAt = 8;

}  // namespace

std::string outer_dir(const BlobId& id) {
  return codec::hex_encode(std::string_view(id).substr(kRandomAt, 1));
}

std::string inner_dir(const BlobId& id) {
  return outer_dir(id) + "/" + codec::hex_encode(std::string_view(id).substr(kRandomAt + 1, 1));
}

std::string file_name(const BlobId& id) {
  return inner_dir(id) + "/" + codec::hex_encode(id);
}

std::size_t dir_index(const BlobId& id) {
  return std::size_t{static_cast<unsigned char>(id[kRandomAt])} << 8 |
         static_cast<unsigned char>(id[kRandomAt + 1]);
}

}  // namespace muzn::blob
