// Reads one sealed blob file, never handing out a byte of a block that was not verified.
#pragma once
#include <span>

#include "blob/format.h"
#include "blob/hot_cache.h"
#include "blob/volume.h"

namespace muzn::blob {

class FileReader final : public Reader {
 public:
  // `volume` and `hot` (may be null) are borrowed and outlive it, and its loans.
  FileReader(Volume& volume, HotCache* hot, BlobId id, fs::File file, Footer footer)
      : volume_(volume),
        hot_(hot),
        id_(std::move(id)),
        file_(std::move(file)),
        footer_(std::move(footer)) {}

  std::uint64_t size() const override { return footer_.data_size; }
  const std::string& label() const override { return footer_.label; }
  Task<Result<std::string>> read(std::uint64_t offset, std::size_t length) override;
  Task<Result<Loan>> load(std::uint64_t offset, std::uint64_t length) override;
  Task<Result<std::string>> footer() override;

 private:
  // Whole blocks, as they lie in the file.
  struct Blocks {
    std::uint64_t first = 0;  // number
    std::uint64_t from = 0;   // offsets
    std::uint64_t to = 0;
    std::size_t size() const { return static_cast<std::size_t>(to - from); }
  };
  Blocks blocks_around(std::uint64_t offset, std::size_t length) const;
  Result<void> read_blocks(const Blocks& blocks, std::span<char> out);
  std::optional<Loan> load_to_keep(std::uint64_t offset, std::size_t length);
  Result<Loan> load_blocking(std::uint64_t offset, std::size_t length);
  Result<std::string> read_blocking(std::uint64_t offset, std::size_t length);
  Result<std::string> footer_blocking();
  bool is_good(const Blocks& blocks, std::string_view bytes, std::size_t block) const;

  Volume& volume_;
  HotCache* const hot_;
  const BlobId id_;
  const fs::File file_;
  const Footer footer_;
};

// Blocks. Errors: kNotFound, kCorrupt, kUnavailable.
Result<std::unique_ptr<Reader>> open_reader(Volume& volume, HotCache* hot, const BlobId& id);

}  // namespace muzn::blob
