// The footer of a blob file, from a disk that may hold anything. The input is a whole file.
#include <cstdint>
#include <string>
#include <string_view>

#include "blob/format.h"

namespace {

using muzn::blob::BlobId;
using muzn::blob::kBlobIdBytes;
using muzn::blob::kBlockBytes;
using muzn::blob::kTrailerBytes;

// What decodes must encode to the same bytes: there is one form of each footer.
void check_round_trip(const BlobId& id, std::string_view file) {
  if (file.size() < kTrailerBytes) return;
  const auto trailer =
      muzn::blob::decode_trailer(id, file.size(), file.substr(file.size() - kTrailerBytes));
  if (!trailer) return;
  const std::uint64_t size = trailer->data_size;
  CHECK(size + muzn::blob::footer_size(size, trailer->label_size) == file.size());
  const std::string_view footer = file.substr(static_cast<std::size_t>(size));
  const auto decoded = muzn::blob::decode_footer(id, file.size(), footer);
  if (!decoded) return;
  CHECK(decoded->data_size == size);
  CHECK(muzn::blob::encode_footer(id, size, decoded->checksums, decoded->label) == footer);
}

// What encodes must decode, and not under another id.
void check_encoding(const BlobId& id, std::string_view data) {
  std::vector<std::uint64_t> checksums;
  for (std::size_t at = 0; at < data.size(); at += kBlockBytes) {
    checksums.push_back(
        muzn::blob::block_checksum(id, checksums.size(), data.substr(at, kBlockBytes)));
  }
  const std::string_view label = data.substr(0, muzn::blob::kLabelBytesMax);
  const std::string footer = muzn::blob::encode_footer(id, data.size(), checksums, label);
  const auto decoded = muzn::blob::decode_footer(id, data.size() + footer.size(), footer);
  CHECK(decoded.has_value());
  CHECK(decoded->checksums == checksums);
  CHECK(decoded->label == label);
  BlobId other = id;
  other[0] = static_cast<char>(other[0] ^ 1);
  CHECK(!muzn::blob::decode_footer(other, data.size() + footer.size(), footer));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // reinterpret_cast: libFuzzer hands out unsigned bytes
  const std::string_view file(reinterpret_cast<const char*>(data), size);
  // The id that the file claims, so that inputs get past the compare of ids.
  BlobId id(kBlobIdBytes, '\1');
  if (size >= kTrailerBytes) id = file.substr(size - kTrailerBytes + 16, kBlobIdBytes);
  check_round_trip(id, file);
  check_encoding(id, file);
  return 0;
}
