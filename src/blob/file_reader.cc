#include "blob/file_reader.h"

#include <fmt/format.h>

#include <algorithm>

namespace muzn::blob {
namespace {

// One read gets the whole footer of most blobs (up to 31 MiB).
constexpr std::uint64_t kTailBytes = 4096;

Result<std::string> read_exactly(const fs::File& file, std::uint64_t offset, std::size_t length) {
  std::string out;
  Result<std::size_t> got = 0;
  // Not resize(): it would first fill with zeros what the read overwrites. The size that libstdc++
  // 12 gives the function is the capacity it made (30 for 16 to 29), not what was asked for.
  out.resize_and_overwrite(length, [&](char* data, std::size_t) {
    got = file.read_at(offset, {data, length});
    return got.value_or(0);
  });
  if (!got) return std::unexpected(got.error());
  if (*got != length) {
    return fail(Code::kCorrupt, fmt::format("blob file: shorter than its footer says: {} of {} "
                                            "bytes at {}",
                                            *got, length, offset));
  }
  return out;
}

Result<Footer> read_footer(const fs::File& file, const BlobId& id) {
  TRY(const std::uint64_t file_size, file.size());
  const std::uint64_t tail_size = std::min(file_size, kTailBytes);
  TRY(std::string tail,
      read_exactly(file, file_size - tail_size, static_cast<std::size_t>(tail_size)));
  const std::size_t trailer_size = std::min(tail.size(), kTrailerBytes);
  TRY(const Trailer trailer,
      decode_trailer(id, file_size, std::string_view(tail).substr(tail.size() - trailer_size)));
  const auto size = static_cast<std::size_t>(footer_size(trailer.data_size, trailer.label_size));
  if (size <= tail.size()) {
    return decode_footer(id, file_size, std::string_view(tail).substr(tail.size() - size));
  }
  TRY(tail, read_exactly(file, trailer.data_size, size));
  return decode_footer(id, file_size, tail);
}

}  // namespace

Result<std::unique_ptr<Reader>> open_reader(Volume& volume, const BlobId& id) {
  if (volume.is_being_written(id)) return fail(Code::kNotFound, "the blob is not sealed");
  TRY(fs::File file, volume.open(id));
  auto footer = read_footer(file, id);
  if (!footer) {
    if (footer.error().code == Code::kCorrupt) volume.count_corrupt();
    return std::unexpected(std::move(footer).error());
  }
  return std::make_unique<FileReader>(volume, id, std::move(file), std::move(*footer));
}

Task<Result<std::string>> FileReader::read(std::uint64_t offset, std::size_t length) {
  if (offset >= footer_.data_size || length == 0) co_return std::string{};
  co_return co_await offload(volume_.pool(), [&] { return read_blocking(offset, length); });
}

Result<std::string> FileReader::read_blocking(std::uint64_t offset, std::size_t length) {
  const auto wanted =
      static_cast<std::size_t>(std::min<std::uint64_t>(length, footer_.data_size - offset));
  const std::uint64_t first_block = offset / kBlockBytes;
  const std::uint64_t from = first_block * kBlockBytes;
  const std::uint64_t to = std::min(block_count(offset + wanted) * kBlockBytes, footer_.data_size);
  auto bytes = read_exactly(file_, from, static_cast<std::size_t>(to - from));
  if (!bytes) {
    if (bytes.error().code == Code::kCorrupt) volume_.count_corrupt();
    return bytes;
  }
  if (!verify(first_block, *bytes)) {
    return fail(Code::kCorrupt, "blob file: a block fails its checksum");
  }
  bytes->erase(0, static_cast<std::size_t>(offset - from));
  bytes->resize(wanted);
  volume_.count_read(wanted);
  return bytes;
}

Task<Result<std::string>> FileReader::footer() {
  co_return co_await offload(volume_.pool(), [&] { return footer_blocking(); });
}

// Read and judged again: what goes into a copy must be what was verified.
Result<std::string> FileReader::footer_blocking() {
  TRY(const std::uint64_t file_size, file_.size());
  TRY(std::string bytes, read_exactly(file_, footer_.data_size,
                                      static_cast<std::size_t>(file_size - footer_.data_size)));
  TRY(const Footer again, decode_footer(id_, file_size, bytes));
  if (again.data_size == footer_.data_size && again.checksums == footer_.checksums) return bytes;
  return fail(Code::kCorrupt, "blob file: its footer changed while it was read");
}

bool FileReader::verify(std::uint64_t first_block, std::string_view bytes) const {
  bool good = true;
  for (std::uint64_t number = first_block; !bytes.empty(); ++number) {
    const std::string_view block = bytes.substr(0, kBlockBytes);
    bytes.remove_prefix(block.size());
    if (block_checksum(id_, number, block) == footer_.checksums[number]) continue;
    volume_.count_corrupt();
    good = false;
  }
  return good;
}

}  // namespace muzn::blob
