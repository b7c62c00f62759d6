// Reads one sealed blob file, never handing out a byte of a block that was not verified.
#pragma once
#include "blob/format.h"
#include "blob/volume.h"

namespace muzn::blob {

class FileReader final : public Reader {
 public:
  // `volume` is borrowed and outlives it.
  FileReader(Volume& volume, BlobId id, fs::File file, Footer footer)
      : volume_(volume), id_(std::move(id)), file_(std::move(file)), footer_(std::move(footer)) {}

  std::uint64_t size() const override { return footer_.data_size; }
  const std::string& label() const override { return footer_.label; }
  Task<Result<std::string>> read(std::uint64_t offset, std::size_t length) override;
  Task<Result<std::string>> footer() override;

 private:
  Result<std::string> read_blocking(std::uint64_t offset, std::size_t length);
  Result<std::string> footer_blocking();
  bool verify(std::uint64_t first_block, std::string_view bytes) const;

  Volume& volume_;
  const BlobId id_;
  const fs::File file_;
  const Footer footer_;
};

// Blocks. Errors: kNotFound, kCorrupt, kUnavailable.
Result<std::unique_ptr<Reader>> open_reader(Volume& volume, const BlobId& id);

}  // namespace muzn::blob
