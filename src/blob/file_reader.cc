#include "blob/file_reader.h"

#include <fmt/format.h>

#include <algorithm>

namespace muzn::blob {
namespace {

// One read gets the whole footer of most blobs (up to 31 MiB).
constexpr std::uint64_t kTailBytes = 4096;

Result<void> fill_exactly(const fs::File& file, std::uint64_t offset, std::span<char> out) {
  TRY(const std::size_t got, file.read_at(offset, out));
  if (got == out.size()) return {};
  return fail(Code::kCorrupt, fmt::format("blob file: shorter than its footer says: {} of {} "
                                          "bytes at {}",
                                          got, out.size(), offset));
}

Result<std::string> read_exactly(const fs::File& file, std::uint64_t offset, std::size_t length) {
  std::string out;
  Result<void> done;
  // Not resize(): it would first fill with zeros what the read overwrites. The size that libstdc++
  // 12 gives the function is the capacity it made (30 for 16 to 29), not what was asked for.
  out.resize_and_overwrite(length, [&](char* data, std::size_t) {
    done = fill_exactly(file, offset, {data, length});
    return done ? length : 0;
  });
  if (!done) return std::unexpected(std::move(done).error());
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

Result<std::unique_ptr<Reader>> open_reader(Volume& volume, HotCache* hot, const BlobId& id) {
  if (volume.is_being_written(id)) return fail(Code::kNotFound, "the blob is not sealed");
  TRY(fs::File file, volume.open(id));
  auto footer = read_footer(file, id);
  if (!footer) {
    if (footer.error().code == Code::kCorrupt) volume.count_corrupt();
    return std::unexpected(std::move(footer).error());
  }
  return std::make_unique<FileReader>(volume, hot, id, std::move(file), std::move(*footer));
}

Task<Result<std::string>> FileReader::read(std::uint64_t offset, std::size_t length) {
  if (offset >= footer_.data_size || length == 0) co_return std::string{};
  co_return co_await offload(volume_.pool(), [&] { return read_blocking(offset, length); });
}

Result<std::string> FileReader::read_blocking(std::uint64_t offset, std::size_t length) {
  const auto wanted =
      static_cast<std::size_t>(std::min<std::uint64_t>(length, footer_.data_size - offset));
  const Blocks blocks = blocks_around(offset, wanted);
  std::string bytes;
  Result<void> done;
  bytes.resize_and_overwrite(blocks.size(), [&](char* data, std::size_t) {
    done = read_blocks(blocks, {data, blocks.size()});
    return done ? blocks.size() : 0;
  });
  if (!done) return std::unexpected(std::move(done).error());
  bytes.erase(0, static_cast<std::size_t>(offset - blocks.from));
  bytes.resize(wanted);
  volume_.count_read(wanted);
  return bytes;
}

Task<Result<Loan>> FileReader::load(std::uint64_t offset, std::uint64_t length) {
  if (offset >= footer_.data_size || length == 0) co_return Loan{};
  // Up to the next border, so that no block is verified twice.
  const std::uint64_t border = (offset / kReadBytes + 1) * kReadBytes;
  const auto wanted =
      static_cast<std::size_t>(std::min(length, std::min(border, footer_.data_size) - offset));
  co_return co_await offload(volume_.pool(), [&] { return load_blocking(offset, wanted); });
}

Result<Loan> FileReader::load_blocking(std::uint64_t offset, std::size_t length) {
  if (auto kept = load_to_keep(offset, length)) return *std::move(kept);
  const Blocks blocks = blocks_around(offset, length);
  // Shared because the holder of a loan is: the bytes stay while any copy of it lives.
  const std::shared_ptr<char> buffer = volume_.read_buffers().take();
  TRY_VOID(read_blocks(blocks, {buffer.get(), blocks.size()}));
  volume_.count_read(length);
  return Loan{.bytes = {buffer.get() + (offset - blocks.from), length}, .holder = buffer};
}

// Through the cache, when it wants the bytes. nullopt also when any of the chunk is bad: the read
// of what is really wanted may do better, and knows what to say.
std::optional<Loan> FileReader::load_to_keep(std::uint64_t offset, std::size_t length) {
  if (hot_ == nullptr) return std::nullopt;
  const std::uint64_t number = offset / kReadBytes;
  const std::uint64_t from = number * kReadBytes;
  const Blocks chunk = blocks_around(from, static_cast<std::size_t>(std::min<std::uint64_t>(
                                               kReadBytes, footer_.data_size - from)));
  auto space = hot_->admit(id_, number, chunk.size(), length);
  if (!space) return std::nullopt;
  if (!fill_exactly(file_, from, space->bytes())) return std::nullopt;
  const std::string_view bytes(space->bytes().data(), chunk.size());
  for (std::size_t block = 0; block < block_count(chunk.size()); ++block) {
    if (!is_good(chunk, bytes, block)) return std::nullopt;
  }
  volume_.count_read(chunk.size());
  Loan out = std::move(*space).publish();
  out.bytes = out.bytes.substr(static_cast<std::size_t>(offset - from), length);
  return out;
}

FileReader::Blocks FileReader::blocks_around(std::uint64_t offset, std::size_t length) const {
  const std::uint64_t first = offset / kBlockBytes;
  return {.first = first,
          .from = first * kBlockBytes,
          .to = std::min(block_count(offset + length) * kBlockBytes, footer_.data_size)};
}

Result<void> FileReader::read_blocks(const Blocks& blocks, std::span<char> out) {
  auto filled = fill_exactly(file_, blocks.from, out);
  if (!filled) {
    if (filled.error().code == Code::kCorrupt) volume_.count_corrupt();
    return filled;
  }
  bool good = true;
  for (std::size_t block = 0; block < block_count(out.size()); ++block) {
    if (is_good(blocks, {out.data(), out.size()}, block)) continue;
    volume_.count_corrupt();
    good = false;
  }
  if (good) return {};
  return fail(Code::kCorrupt, "blob file: a block fails its checksum");
}

bool FileReader::is_good(const Blocks& blocks, std::string_view bytes, std::size_t block) const {
  const std::uint64_t number = blocks.first + block;
  return block_checksum(id_, number, bytes.substr(block * kBlockBytes, kBlockBytes)) ==
         footer_.checksums[number];
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

}  // namespace muzn::blob
