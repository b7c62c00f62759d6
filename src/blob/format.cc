#include "blob/format.h"

#include <xxhash.h>

namespace muzn::blob {
namespace {

constexpr std::string_view kMagic = "MUZNBLOB";
// Where the fields of the trailer lie.
constexpr std::size_t kVersionAt = 8;
constexpr std::size_t kBlockBytesAt = 12;
constexpr std::size_t kIdAt = 16;
constexpr std::size_t kDataSizeAt = 32;
constexpr std::size_t kBlockCountAt = 40;
constexpr std::size_t kLabelSizeAt = 48;  // in version 1 reserved, 0
constexpr std::size_t kChecksumAt = 56;
constexpr std::size_t kChecksumBytes = 8;
// Stands for the block number in the footer's own seed; no blob has so many blocks.
constexpr std::uint64_t kFooterNumber = ~std::uint64_t{0};

void put_le(std::string& out, std::uint64_t value, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) out.push_back(static_cast<char>(value >> (8 * i) & 0xff));
}

std::uint64_t get_le(std::string_view bytes, std::size_t at, std::size_t count) {
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < count; ++i) {
    out |= std::uint64_t{static_cast<unsigned char>(bytes[at + i])} << (8 * i);
  }
  return out;
}

std::uint64_t checksum(const BlobId& id, std::uint64_t number, std::string_view bytes) {
  std::string identity = id;
  put_le(identity, number, 8);
  const XXH64_hash_t seed = XXH3_64bits(identity.data(), identity.size());
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

std::unexpected<Error> corrupt(const char* what) {
  return fail(Code::kCorrupt, std::string("blob file: ") + what);
}

}  // namespace

std::uint64_t block_count(std::uint64_t data_size) {
  return data_size / kBlockBytes + (data_size % kBlockBytes != 0 ? 1 : 0);
}

std::uint64_t footer_size(std::uint64_t data_size, std::size_t label_size) {
  return block_count(data_size) * kChecksumBytes + label_size + kTrailerBytes;
}

std::uint64_t block_checksum(const BlobId& id, std::uint64_t number, std::string_view bytes) {
  return checksum(id, number, bytes);
}

std::string encode_footer(const BlobId& id, std::uint64_t data_size,
                          std::span<const std::uint64_t> checksums, std::string_view label) {
  CHECK(id.size() == kBlobIdBytes);
  CHECK(checksums.size() == block_count(data_size));
  CHECK(label.size() <= kLabelBytesMax);
  std::string out;
  out.reserve(static_cast<std::size_t>(footer_size(data_size, label.size())));
  for (const std::uint64_t block : checksums) put_le(out, block, kChecksumBytes);
  out.append(label);
  out.append(kMagic);
  put_le(out, label.empty() ? 1 : kFormatVersion, 4);
  put_le(out, kBlockBytes, 4);
  out.append(id);
  put_le(out, data_size, 8);
  put_le(out, checksums.size(), 8);
  put_le(out, label.size(), kChecksumAt - kLabelSizeAt);
  put_le(out, checksum(id, kFooterNumber, out), kChecksumBytes);
  return out;
}

Result<Trailer> decode_trailer(const BlobId& id, std::uint64_t file_size,
                               std::string_view trailer) {
  CHECK(id.size() == kBlobIdBytes);
  if (trailer.size() != kTrailerBytes || file_size < kTrailerBytes) return corrupt("no trailer");
  if (!trailer.starts_with(kMagic)) return corrupt("no trailer");
  // A rotten byte and a newer format look the same here; a newer one is refused at start.
  const std::uint64_t version = get_le(trailer, kVersionAt, 4);
  if (version == 0 || version > kFormatVersion) return corrupt("not of version 1 or 2");
  if (get_le(trailer, kBlockBytesAt, 4) != kBlockBytes) return corrupt("another block size");
  if (trailer.substr(kIdAt, kBlobIdBytes) != id) return corrupt("another blob's bytes");
  const std::uint64_t label_size = get_le(trailer, kLabelSizeAt, kChecksumAt - kLabelSizeAt);
  if (label_size > kLabelBytesMax || (version == 1) != (label_size == 0)) {
    return corrupt("label size");
  }
  Trailer out{get_le(trailer, kDataSizeAt, 8), static_cast<std::size_t>(label_size)};
  // The first compare keeps the sum of the second from wrapping.
  if (out.data_size > file_size ||
      out.data_size + footer_size(out.data_size, out.label_size) != file_size ||
      get_le(trailer, kBlockCountAt, 8) != block_count(out.data_size)) {
    return corrupt("sizes do not agree");
  }
  return out;
}

Result<Footer> decode_footer(const BlobId& id, std::uint64_t file_size, std::string_view footer) {
  if (footer.size() < kTrailerBytes) return corrupt("no trailer");
  const std::string_view bytes = footer.substr(footer.size() - kTrailerBytes);
  TRY(const Trailer trailer, decode_trailer(id, file_size, bytes));
  if (footer.size() != footer_size(trailer.data_size, trailer.label_size)) {
    return corrupt("footer is not whole");
  }
  const std::string_view checked = footer.substr(0, footer.size() - kChecksumBytes);
  if (checksum(id, kFooterNumber, checked) != get_le(bytes, kChecksumAt, kChecksumBytes)) {
    return corrupt("footer fails its checksum");
  }
  Footer out;
  out.data_size = trailer.data_size;
  out.checksums.resize(static_cast<std::size_t>(block_count(out.data_size)));
  for (std::size_t i = 0; i < out.checksums.size(); ++i) {
    out.checksums[i] = get_le(footer, i * kChecksumBytes, kChecksumBytes);
  }
  out.label = footer.substr(out.checksums.size() * kChecksumBytes, trailer.label_size);
  return out;
}

}  // namespace muzn::blob
